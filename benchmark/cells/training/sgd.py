"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.checks import reject, require_flag, require_fraction
from benchmark.cells.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.training.sgd_update import SGDUpdate


@dataclass(frozen=True, kw_only=True)
class SGD(Recipe):
    """Mini-batch gradient descent with optional momentum; see `SGDUpdate` for the equations.

    Attributes:
        momentum: in [0, 1); 0 is plain gradient descent.
        nesterov: take the Nesterov form of momentum.
        batch_size, lr, ...: the fields that all training specs share; see `Recipe`.
    """

    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self, "momentum")
        require_flag(self, "nesterov")
        if self.nesterov and not self.momentum:
            reject(self, "nesterov", "give momentum > 0 with it")

    def update(self, weights: Mapping[str, Tensor]) -> SGDUpdate:
        """Return what takes one optimizer step on these weights."""
        from benchmark.cells.training.sgd_update import SGDUpdate

        return SGDUpdate(
            weights, momentum=self.momentum, nesterov=self.nesterov, weight_decay=self.weight_decay
        )
