"""Adam, one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from benchmark.cells.training.update import Evaluate, Factor, Gradients


class AdamUpdate:
    """Adam (Kingma & Ba 2015, algorithm 1), weight decay as part of the gradient.

    g <- gradient + weight_decay theta;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
    theta <- theta - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
    The count t of steps is a slot: a carried state keeps its bias correction.

    Attributes:
        arrays: the means and the mean squares.
        shared: what the updates of lanes have in common.
    """

    steps_in_lanes: ClassVar[bool] = True

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        betas: tuple[float, float],
        epsilon: float,
        weight_decay: float,
    ) -> None:
        self._weights = list(weights.values())
        mean = [torch.zeros_like(weight.detach()) for weight in self._weights]
        square = [torch.zeros_like(weight.detach()) for weight in self._weights]
        self.arrays = mean, square
        self._count = torch.zeros((), dtype=torch.int64)  # on the CPU, where reading it stops no queue
        self.slots = {"count": self._count}
        self.slots |= {f"mean.{name}": m for name, m in zip(weights, mean, strict=True)}
        self.slots |= {f"square.{name}": v for name, v in zip(weights, square, strict=True)}
        self.shared = betas, epsilon, bool(weight_decay)
        self._weight_decay = weight_decay

    @torch.no_grad()
    def __call__(self, gradients: Gradients, lr: float, again: Evaluate) -> None:  # noqa: ARG002
        self.move(self._weights, self.arrays, gradients, self.factors(lr))

    def factors(self, lr: float) -> tuple[float, float, float]:
        """Count the step; return the numbers that `move` multiplies by, at this step."""
        self._count += 1
        count, ((beta1, beta2), _, _) = int(self._count), self.shared
        return lr / (1 - beta1**count), (1 - beta2**count) ** -0.5, self._weight_decay

    def move(
        self,
        weights: list[Tensor],
        arrays: Sequence[list[Tensor]],
        gradients: Gradients,
        factors: Sequence[Factor],
    ) -> None:
        """Take one step in place; products are rounded before they are added, in lanes and alone."""
        lr, correction, weight_decay = factors
        (beta1, beta2), epsilon, has_weight_decay = self.shared
        mean, square = arrays
        if has_weight_decay:
            gradients = torch._foreach_add(gradients, torch._foreach_mul(weights, weight_decay))
        torch._foreach_mul_(mean, beta1)
        torch._foreach_add_(mean, torch._foreach_mul(gradients, 1 - beta1))
        squared = torch._foreach_mul(gradients, gradients)
        torch._foreach_mul_(squared, 1 - beta2)
        torch._foreach_mul_(square, beta2)
        torch._foreach_add_(square, squared)
        scale = torch._foreach_sqrt(square)
        torch._foreach_mul_(scale, correction)
        torch._foreach_add_(scale, epsilon)
        steps = torch._foreach_div(mean, scale)
        torch._foreach_mul_(steps, lr)
        torch._foreach_sub_(weights, steps)
