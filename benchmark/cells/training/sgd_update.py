"""Stochastic gradient descent, one step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from torch import Tensor

from benchmark.cells.training.update import Evaluate, Factor, Gradients


class SGDUpdate:
    """Stochastic gradient descent, with heavy-ball or Nesterov momentum and weight decay.

    g <- gradient + weight_decay theta;  v <- momentum v + g;  theta <- theta - lr v,
    with Nesterov instead theta <- theta - lr (g + momentum v); v starts at 0 (Sutskever et al. 2013, eqs.
    1-4, in the form in which the learning rate multiplies the velocity).

    Attributes:
        arrays: the velocities, if there is momentum.
        shared: what the updates of lanes have in common.
    """

    steps_in_lanes: ClassVar[bool] = True

    def __init__(
        self, weights: Mapping[str, Tensor], *, momentum: float, nesterov: bool, weight_decay: float
    ) -> None:
        self._weights = list(weights.values())
        velocity = [torch.zeros_like(weight.detach()) for weight in self._weights] if momentum else []
        self.arrays = (velocity,) if momentum else ()
        self.slots = {f"velocity.{name}": v for name, v in zip(weights, velocity, strict=False)}
        self.shared = bool(momentum), nesterov, bool(weight_decay)
        self._momentum, self._weight_decay = momentum, weight_decay

    @torch.no_grad()
    def __call__(self, gradients: Gradients, lr: float, again: Evaluate) -> None:  # noqa: ARG002
        self.move(self._weights, self.arrays, gradients, self.factors(lr))

    def factors(self, lr: float) -> tuple[float, float, float]:
        """Return the numbers that `move` multiplies by, at this step."""
        return lr, self._momentum, self._weight_decay

    def move(
        self,
        weights: list[Tensor],
        arrays: Sequence[list[Tensor]],
        gradients: Gradients,
        factors: Sequence[Factor],
    ) -> None:
        """Take one step in place; products are rounded before they are added, in lanes and alone."""
        lr, momentum, weight_decay = factors
        has_momentum, nesterov, has_weight_decay = self.shared
        if has_weight_decay:
            gradients = torch._foreach_add(gradients, torch._foreach_mul(weights, weight_decay))
        if has_momentum:
            (velocity,) = arrays
            torch._foreach_mul_(velocity, momentum)
            torch._foreach_add_(velocity, gradients)
            ahead = (
                torch._foreach_add(gradients, torch._foreach_mul(velocity, momentum))
                if nesterov
                else velocity
            )
            gradients = ahead
        torch._foreach_sub_(weights, torch._foreach_mul(gradients, lr))
