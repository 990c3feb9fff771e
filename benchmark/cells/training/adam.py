"""Adam."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.checks import require_fraction, require_positive
from benchmark.cells.training.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.training.adam_update import AdamUpdate


@dataclass(frozen=True, kw_only=True)
class Adam(Recipe):
    """Adam (Kingma & Ba 2015); see `AdamUpdate` for the equations.

    Attributes:
        beta1, beta2: decay of the running means of gradient and squared gradient, in [0, 1).
        epsilon: added to the root of the mean squared gradient.
        batch_size, lr, ...: the fields that all training specs share; see `Recipe`.
    """

    lr: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        require_fraction(self, "beta1")
        require_fraction(self, "beta2")
        require_positive(self, "epsilon")

    def update(self, weights: Mapping[str, Tensor]) -> AdamUpdate:
        """Return what takes one optimizer step on these weights."""
        from benchmark.cells.training.adam_update import AdamUpdate

        betas = (self.beta1, self.beta2)
        return AdamUpdate(weights, betas=betas, epsilon=self.epsilon, weight_decay=self.weight_decay)
