"""Where and how a process works, what it finds in the store, and when it saves."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.store.entry import Entry
from benchmark.store.files import Damaged
from benchmark.store.run_store import Store
from benchmark.suite.code import identity_of


class Stopped(Exception):
    """The work was asked to stop, and its state is saved."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where and how a process works: everything of training that is not the cell.

    Attributes:
        device: resolved torch device.
        numerics: the record of `identity.numerics`.
        snapshot_seconds: wall time between two saved states of a cell.
        snapshot_steps: optimizer steps between two saved states; None leaves it to the wall time.
        stop: tells whether to stop after the present step.
        alive: called after every step, to show life.
        note: called with sentences that a person should read.
    """

    store: Store
    device: str
    numerics: Mapping[str, Any]
    snapshot_seconds: float = 20.0
    snapshot_steps: int | None = None
    stop: Callable[[], bool] = lambda: False
    alive: Callable[[str], None] = lambda text: None
    note: Callable[[str], None] = lambda text: None


@dataclass
class Saving:
    """When what is under way is saved: as often as the bench says, and when it is asked to stop.

    Attributes:
        saved: steps, or rows, that were done when it was saved last.
    """

    bench: Bench
    saved: int
    _at: float = field(default_factory=time.monotonic)

    def due(self, done: int) -> tuple[bool, bool]:
        """Return whether to save now, with so many steps or rows done, and whether to stop then."""
        stop = self.bench.stop()
        return self.is_due(done, stop=stop), stop

    def is_due(self, done: int, *, stop: bool) -> bool:
        """Return whether to save now, as it must be in order to stop."""
        every = self.bench.snapshot_steps
        by_steps = every is not None and done - self.saved >= every
        if not (stop or by_steps or time.monotonic() - self._at >= self.bench.snapshot_seconds):
            return False
        self.saved, self._at = done, time.monotonic()
        return True


def entry_of(cell: Cell, store: Store, numerics: Mapping[str, Any]) -> Entry:
    """Return the place of a cell as the present code would compute it."""
    return store.entry(cell.key, identity_of(cell, numerics))


def done_or_none(cell: Cell, bench: Bench) -> dict[str, Any] | None:
    """Return a cell's record, or None where there is none or it is damaged; its files are not looked at."""
    try:
        return entry_of(cell, bench.store, bench.numerics).done()
    except Damaged:
        return None


def finished(cell: Cell, bench: Bench, states: Collection[int] = ()) -> dict[str, Any] | None:
    """Return a cell's record when it is intact and nothing is left to do for it, else None."""
    try:
        return verified(entry_of(cell, bench.store, bench.numerics), states)
    except Damaged:
        return None  # whoever trains it, under its lock, puts it aside and says so


def verified(entry: Entry, states: Collection[int]) -> dict[str, Any] | None:
    """Return the record of an entry that is intact and has all states; None where it is not done. Raises `Damaged`."""
    done = entry.done()
    if done is None:
        return None
    for name in done["files"]:
        entry.read(name, done)
    try:
        for step in set(states) - set(done["unreached"]):
            entry.check_state(step)
    except KeyError:
        return None
    return done
