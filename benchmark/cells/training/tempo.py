"""How many trainings of a kind are best put together, as their first steps tell."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from benchmark.cells.training.lanes import advance

if TYPE_CHECKING:
    from benchmark.cells.training.trajectory import Trajectory

n_tried = 20  # steps of as many together; the middle one counts: now and then a record is made
gain = 0.97  # what fewer together must take at most, beside the best of more
hopeless = 1.1  # what fewer together take where still fewer are not tried
# by kind, how many go together and of how many that was found, as far as this process has found out
widths: dict[Hashable, tuple[int, int]] = {}


class Tempo:
    """Says which trainings of a group step next: lanes are as many as pay on this machine.

    All begin together. After 20 steps half of them go on, after 20 more half of these, until that costs each 10 % more
    than the best so far, or one is left. Then as many as were best catch up with them, and stay together; what fewer
    gain must be 3 %. What was found for a kind is kept for as long as the process lives. The steps are those that are
    to be taken anyway, and a lane's bytes do not depend on its companions: only the order of the work depends on the
    clock.

    Attributes:
        width: how many go together, as far as is known.
        is_found: whether that is settled.
    """

    def __init__(self, group: Sequence[Trajectory]) -> None:
        """Begin with a group of one kind, or with one training of whatever kind."""
        self._kind = group[0].kind if len(group) > 1 else None
        width, n_tried_of = widths.get(self._kind, (len(group), 0))
        # where all of a smaller group were best, more may be better still
        self.is_found = self._kind is None or width < n_tried_of or 0 < len(group) <= n_tried_of
        self.width = min(width, len(group)) if self.is_found else len(group)
        self._n_members = len(group)
        self._part: list[Trajectory] = []
        self._seconds: list[float] = []
        self._best: list[Trajectory] = []
        self._best_took = math.inf

    def part(self, running: Sequence[Trajectory]) -> list[Trajectory]:
        """Return those of all that still run whose turn it is; when they have ended, others begin."""
        self._part = [one for one in self._part if one in running] or list(running[: self.width])
        return self._part

    def advance(self, part: list[Trajectory]) -> None:
        """Take a step in those of a part that are furthest behind."""
        began = time.process_time()
        n_moved = len(advance(part))
        if n_moved == self.width and not self.is_found:
            self._seconds.append((time.process_time() - began) / n_moved)
        if len(self._seconds) == n_tried:
            self._judge(statistics.median(self._seconds), part)

    def _judge(self, took: float, part: list[Trajectory]) -> None:
        if took < gain * self._best_took:
            self._best_took, self._best = took, part
        if self.width > 1 and took < hopeless * self._best_took:
            self.width = math.ceil(self.width / 2)
            self._part = part[: self.width]
        else:
            self._part, self.width, self.is_found = self._best, len(self._best), True
            widths[self._kind] = self.width, self._n_members
        self._seconds = []
