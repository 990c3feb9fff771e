"""From a cell to the trajectory at its first step: initial weights, or those of another cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from benchmark.cells.cell import Cell, Derived, FromCheckpoint
from benchmark.cells.streams import derive_seed

if TYPE_CHECKING:
    from torch import Tensor, nn

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.training.trajectory import Trajectory


@dataclass(frozen=True, kw_only=True)
class State:
    """Training state of a parent after some step: weights and buffers by name, and what the optimizer carries."""

    weights: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor]


class Parents(Protocol):
    """Where the cells lie that others start from."""

    def state(self, cell: Cell, step: int) -> State:
        """Return the training state of a cell after `step`."""

    def network(self, cell: Cell) -> Any:
        """Return a finished cell as a `benchmark.cells.derivations.parent.Parent`."""


def network(cell: Cell, splits: Splits, parents: Parents) -> nn.Module:
    """Return the network with the weights that the cell starts from, on the device of the data.

    Fresh weights come from the stream `init_seed`, "init", drawn on the CPU, so that every device starts alike.

    Args:
        cell: the cell.
        splits: its data.
        parents: finds what the cell starts from.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(cell.init_seed, "init"))
        module: nn.Module = cell.model.build(splits.task)
    if isinstance(cell.start, FromCheckpoint):
        weights = parents.state(cell.start.cell, cell.start.step).weights
        _load(module, weights, fresh_head=cell.start.head == "fresh")
    elif isinstance(cell.start, Derived):
        networks = tuple(parents.network(parent) for parent in cell.start.parents)
        derived = cell.start.rule.derive(networks, splits=splits, seed=cell.init_seed)
        _load(module, derived, fresh_head=False)
    return module.to(splits.train.inputs.device)


def begin(cell: Cell, module: nn.Module, splits: Splits, parents: Parents) -> Trajectory:
    """Return the trajectory of a cell that has a training procedure, at its first step."""
    arguments: dict[str, Any] = {"order_seed": cell.order_seed, "augment_seed": cell.augment_seed}
    start = cell.start
    if isinstance(start, FromCheckpoint):
        if start.schedule == "continue":
            arguments["first_step"] = start.step
        if start.optimizer == "carried":
            arguments["optimizer_state"] = parents.state(start.cell, start.step).optimizer
    if isinstance(start, Derived):
        arguments["parents"] = tuple(parents.network(parent) for parent in start.parents)
    trajectory: Trajectory = cell.training.begin(module, splits, **arguments)
    return trajectory


def _load(module: nn.Module, weights: Mapping[str, Tensor], *, fresh_head: bool) -> None:
    """Copy weights into the module; with a fresh head all but the last layer's, which may differ in shape."""
    own = module.state_dict()
    head = list(own)[-1].rpartition(".")[0] if fresh_head else None
    kept = {name: value for name, value in weights.items() if head is None or name.rpartition(".")[0] != head}
    missing = set(own) - set(kept) if head is None else set()
    if missing or set(kept) - set(own):
        names = sorted(missing or set(kept) - set(own))
        raise ValueError(
            f"the parent's weights do not fit the model: {names[0]!r} is in one and not in the other"
        )
    module.load_state_dict(kept, strict=False)
