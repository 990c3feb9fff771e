"""The parents of a cell, in the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell
from benchmark.cells.derivations.parent import Parent
from benchmark.cells.training.begin import State
from benchmark.run.bench import Bench, entry_of
from benchmark.store.entry import Entry

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class StoredParents:
    """Finds parents by the cells that they are."""

    bench: Bench

    def state(self, cell: Cell, step: int) -> State:
        record, entry = self._finished(cell)
        if step in record["unreached"]:
            raise ValueError(
                f"its parent {cell.key[:12]} ended at step {record['n_steps']}, before step {step}"
            )
        tensors, _ = entry.read_state(step)
        return State(weights=_part(tensors, "module."), optimizer=_part(tensors, "optimizer."))

    def network(self, cell: Cell) -> Parent:
        record, entry = self._finished(cell)
        if record["status"] == "diverged":
            raise ValueError(f"its parent {cell.key[:12]} diverged: {record['reason']}")
        return Parent(
            cell=cell,
            weights=entry.read_tensors("weights.safetensors"),
            initial=entry.read_tensors("initial.safetensors"),
            checkpoint=lambda step: self.state(cell, step).weights,
        )

    def _finished(self, cell: Cell) -> tuple[dict[str, Any], Entry]:
        entry = entry_of(cell, self.bench.store, self.bench.numerics)
        record = entry.done()
        if record is None:
            raise ValueError(f"its parent {cell.key[:12]} did not finish")
        return record, entry


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
