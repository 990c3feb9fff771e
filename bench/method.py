"""How tools are timed against each other.

Every contender does the same work in one process, on one thread, in the order A B C C B A A B C ...; what it answers
is checked each time, before its time counts, and a contender with one wrong answer is INVALID, not slow. Judged are
ratios of minima: on a busy machine the minimum repeats to a few per cent, the median to ten. Our own code runs twice
in every round, under two names; the ratio of the two is the noise of this very run.
"""

from __future__ import annotations

import gc
import math
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

Tick = Callable[[str], None]
again = ", once more"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a contender found, and the operator products (or forward passes) that it took, where known."""

    values: Tensor
    n_products: int | None = None


@dataclass(frozen=True, kw_only=True)
class Contender:
    """A tool with its settings, and the work it does for one seed.

    Attributes:
        name, version, settings: for the table.
        solve: seed -> answer; the whole work, with all set-up that a user pays for each time.
        error: answers, one per seed -> the error by which they are judged.
        tolerance: the largest error of a valid answer; infinite where a table shows errors instead of judging them.
        once: timed while it is checked and not again, for one that is slow and stands there for comparison only.
    """

    name: str
    version: str
    settings: str
    solve: Callable[[int], Answer]
    error: Callable[[Sequence[Answer]], float]
    tolerance: float = math.inf
    once: bool = False


@dataclass(kw_only=True)
class Row:
    """A contender's record: times of one solution in seconds, per round, and the worst error of all rounds."""

    contender: Contender
    error: float = 0.0
    n_products: float | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether every answer was within the tolerance."""
        return self.error <= self.contender.tolerance

    def record(self) -> dict[str, Any]:
        """Return the row for a JSON file; without times where an answer was wrong."""
        times = {"wall_s": self.wall, "cpu_s": self.cpu} if self.valid else {}
        return {
            "tool": self.contender.name,
            "version": self.contender.version,
            "settings": self.contender.settings,
            "error": self.error if math.isfinite(self.error) else None,
            "tolerance": self.contender.tolerance if math.isfinite(self.contender.tolerance) else None,
            "valid": self.valid,
            "n_products": self.n_products,
        } | times


def compare(
    contenders: Sequence[Contender], *, seeds: Sequence[int], n_rounds: int, budget_s: float, tick: Tick
) -> list[Row]:
    """Check every contender's answers, then time the valid ones in interleaved rounds.

    Args:
        contenders: ours first; it enters a second time, for the noise.
        seeds: each timed run solves once for every seed; times are per solution.
        n_rounds: rounds, cut to no fewer than three when `budget_s` seconds are over.
        budget_s: seconds of wall time for the rounds.
        tick: told what is going on.
    """
    ours = contenders[0]
    rows = [Row(contender=each) for each in (*contenders, replace(ours, name=ours.name + again))]
    for row in rows:
        tick(f"check {row.contender.name}")
        _run(row, seeds, is_timed=row.contender.once)
    racing = [row for row in rows if not row.contender.once]
    start = time.perf_counter()
    for index in range(n_rounds):
        if index >= 3 and time.perf_counter() - start > budget_s:
            break
        for row in racing if index % 2 == 0 else reversed(racing):
            if row.valid:
                tick(f"round {index + 1} of {n_rounds}: {row.contender.name}")
                _run(row, seeds, is_timed=True)
    return rows


def cpu_seconds() -> float:
    """Return the CPU seconds of this process, and of those that it started and that have ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def least_ratio(rows: Sequence[Row], other: str) -> float:
    """Return our least time divided by that of another contender."""
    least = {row.contender.name: min(row.wall) for row in rows}
    return least[rows[0].contender.name] / least[other]


def least_time(work: Callable[[], object], *, n_repeats: int = 20) -> float:
    """Return the least wall time of `work` in seconds, over `n_repeats` runs after one to warm up."""
    work()
    times = []
    for _ in range(n_repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _run(row: Row, seeds: Sequence[int], *, is_timed: bool) -> None:
    """Solve for every seed, note the error, and wall and CPU seconds per solution if they are to count."""
    with _collector_off():
        wall, cpu = time.perf_counter(), cpu_seconds()
        answers = [row.contender.solve(seed) for seed in seeds]
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    error = row.contender.error(answers)
    row.error = max(row.error, math.inf if math.isnan(error) else error)
    counts = [answer.n_products for answer in answers if answer.n_products is not None]
    row.n_products = statistics.fmean(counts) if counts else None
    if is_timed:
        row.wall.append(wall / len(seeds))
        row.cpu.append(cpu / len(seeds))


@contextmanager
def _collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
