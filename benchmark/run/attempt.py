"""An attempt at a cell: from its newest state to the end, or to where it is stopped."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell, canonical
from benchmark.cells.training.begin import begin, network
from benchmark.cells.training.twin import nudge
from benchmark.run.bench import Bench, Saving
from benchmark.run.commit import Ended, commit, inherited, snapshot
from benchmark.run.own_parts import check_parts
from benchmark.run.parents import StoredParents
from benchmark.store.entry import Entry
from benchmark.store.files import sweep

if TYPE_CHECKING:
    from filelock import FileLock
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.trajectory import Trajectory

Record = dict[str, Any]


@dataclass
class LoadedData:
    """The data of cells that are trained together; what is equal is loaded once.

    Attributes:
        n_bytes: size of all examples.
    """

    device: str
    n_bytes: int = 0
    _splits: dict[str, Splits] = field(default_factory=dict)

    def of(self, cell: Cell) -> Splits:
        """Return the data of a cell."""
        name = json.dumps(canonical(cell.data), sort_keys=True)
        if name not in self._splits:
            splits: Splits = cell.data.load(self.device)
            self._splits[name] = splits
            self.n_bytes += sum(part.inputs.nbytes for part in (splits.train, splits.val, splits.test))
        return self._splits[name]


@dataclass(kw_only=True)
class Attempt:
    """A cell that is being trained.

    Attributes:
        lock: of its entry, which is held.
        initial: its weights before the first step.
        wanted: steps after which the full state is kept for others.
    """

    cell: Cell
    entry: Entry
    lock: FileLock
    bench: Bench
    splits: Splits
    module: nn.Module
    initial: Mapping[str, Tensor]
    trajectory: Trajectory
    wanted: frozenset[int]
    _saving: Saving = field(init=False)

    def __post_init__(self) -> None:
        self._saving = Saving(self.bench, self.trajectory.step)

    def begin(self) -> None:
        """Note that it begins."""
        self.entry.note_attempt(began_at=self.trajectory.step)

    def look(self, *, stop: bool) -> Record | None:
        """Save what is due after the present step, or everything to stop; return the record if it has ended."""
        step = self.trajectory.step
        if step in self.wanted and step not in self.entry.state_steps():
            self.entry.write_state(step, *self.trajectory.state())
        if self.trajectory.finished:
            return self._end()
        if self._saving.is_due(step, stop=stop):
            self.entry.write_state(step, *self.trajectory.state())
            self.entry.drop_states(keep={step, *self.wanted})
        return None

    def stopped(self) -> None:
        """Note that it was stopped."""
        self.entry.note_attempt(ended_at=self.trajectory.step)

    def _end(self) -> Record:
        self.stopped()
        end = self.trajectory
        unreached = tuple(sorted(step for step in self.wanted if step > end.step))
        ended = Ended(end.status, end.reason, end.step, end.history, unreached=unreached)
        record = commit(self.cell, self.entry, self.bench, self.splits, self.module, self.initial, ended)
        self.entry.drop_states(keep=self.wanted)
        return record


def attempted(
    cell: Cell,
    entry: Entry,
    lock: FileLock,
    bench: Bench,
    states: Collection[int],
    data: LoadedData,
) -> Attempt | Record:
    """Return a cell at its newest state; or its record, where there are no steps to take.

    Args:
        cell: its parents must be finished.
        entry: its place.
        lock: that of the entry, which is held.
        bench: where and how.
        states: optimizer steps after which the full state is kept for other cells.
        data: what cells that are trained together share.
    """
    sweep(entry.path)
    splits = data.of(cell)
    parents = StoredParents(bench)
    module = network(cell, splits, parents)
    check_parts(cell, splits, module)
    if bench.numerics.get("twin") and cell.start is None:  # others start from weights of twins
        nudge(module, cell.init_seed)
    initial = snapshot(module)
    if cell.training is None:
        entry.note_attempt(began_at=0, ended_at=0)
        return commit(cell, entry, bench, splits, module, initial, inherited(cell, bench))
    trajectory = begin(cell, module, splits, parents)
    # of a finished cell others may need them all
    wanted = frozenset({*states, *(entry.state_steps() if entry.done() else ())})
    latest = entry.latest_state(before=min(set(states) - set(entry.state_steps()), default=None))
    if latest is not None:
        trajectory.restore(latest[1], latest[2])
    return Attempt(
        cell=cell,
        entry=entry,
        lock=lock,
        bench=bench,
        splits=splits,
        module=module,
        initial=initial,
        trajectory=trajectory,
        wanted=wanted,
    )
