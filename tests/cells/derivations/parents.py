"""Derive weights from weights, without cells or data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from benchmark.cells.cell import Cell
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import Task
from benchmark.cells.derivations.parent import Parent


def derived(rule: Any, *weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `rule` makes of networks of which the weights are all that it may look at."""
    nothing: Any = None
    parents = tuple(Parent(cell=nothing, weights=each, initial=each, checkpoint=nothing) for each in weights)
    found: dict[str, Tensor] = rule.derive(parents, splits=nothing, seed=0)
    return found


def derived_network(
    rule: Any, task: Task, networks: Sequence[tuple[Any, Mapping[str, Tensor]]], *, seed: int = 0
) -> dict[str, Tensor]:
    """Return what `rule` makes of networks of which model spec and weights are given."""
    nothing: Any = None
    examples = Examples(inputs=torch.zeros(0, *task.input_shape), targets=torch.zeros(0, dtype=torch.int64))
    parents = tuple(
        Parent(
            cell=Cell(data="toy", model=model, training="some"),
            weights=each,
            initial=each,
            checkpoint=nothing,
        )
        for model, each in networks
    )
    splits = Splits(train=examples, val=examples, test=examples, task=task)
    found: dict[str, Tensor] = rule.derive(parents, splits=splits, seed=seed)
    return found
