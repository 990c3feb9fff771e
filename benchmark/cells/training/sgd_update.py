"""Stochastic gradient descent, one step."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from benchmark.cells.training.update import Evaluate, Gradients


class SGDUpdate:
    """Stochastic gradient descent, with heavy-ball or Nesterov momentum and weight decay.

    g <- gradient + weight_decay theta;  v <- momentum v + g;  theta <- theta - lr v,
    with Nesterov instead theta <- theta - lr (g + momentum v); v starts at 0 (Sutskever et al. 2013, eqs.
    1-4, in the form in which the learning rate multiplies the velocity).
    """

    def __init__(
        self, weights: Mapping[str, Tensor], *, momentum: float, nesterov: bool, weight_decay: float
    ) -> None:
        self._weights = [weight.detach() for weight in weights.values()]
        self._velocity = [torch.zeros_like(weight) for weight in self._weights] if momentum else []
        self.slots = {f"velocity.{name}": v for name, v in zip(weights, self._velocity, strict=False)}
        self._momentum = momentum
        self._nesterov = nesterov
        self._weight_decay = weight_decay

    def __call__(self, gradients: Gradients, lr: float, again: Evaluate) -> None:  # noqa: ARG002
        if self._weight_decay:
            gradients = torch._foreach_add(gradients, self._weights, alpha=self._weight_decay)
        if self._momentum:
            torch._foreach_mul_(self._velocity, self._momentum)
            torch._foreach_add_(self._velocity, gradients)
            if self._nesterov:
                gradients = torch._foreach_add(gradients, self._velocity, alpha=self._momentum)
            else:
                gradients = self._velocity
        torch._foreach_add_(self._weights, gradients, alpha=-lr)
