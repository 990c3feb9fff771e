"""What a derivation knows of a network that it starts from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.cell import Cell

if TYPE_CHECKING:
    from torch import Tensor

Weights = Mapping[str, "Tensor"]


@dataclass(frozen=True, kw_only=True)
class Parent:
    """A finished network.

    A rule is a frozen dataclass with a method
    `derive(parents: tuple[Parent, ...], *, splits: Splits, seed: int) -> dict[str, Tensor]`, which returns weights and
    buffers by name. `splits` are the derived cell's data, for rules that look at activations; `seed` is its init_seed,
    for rules that draw (masks, noise, sign shuffles) from `streams.generator(seed, ...)`.

    Attributes:
        cell: its spec, which tells the architecture.
        weights: final weights and buffers by name, in module order.
        initial: the same before the first step.
        checkpoint: step -> the same after that step, where the parent kept it.
    """

    cell: Cell
    weights: Weights
    initial: Weights
    checkpoint: Callable[[int], Weights]
