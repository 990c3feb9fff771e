"""Adam, one step."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from benchmark.cells.training.update import Evaluate, Gradients


class AdamUpdate:
    """Adam (Kingma & Ba 2015, algorithm 1), weight decay as part of the gradient.

    g <- gradient + weight_decay theta;  m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;
    theta <- theta - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + epsilon).
    The count t of steps is a slot: a carried state keeps its bias correction.
    """

    def __init__(
        self,
        weights: Mapping[str, Tensor],
        *,
        betas: tuple[float, float],
        epsilon: float,
        weight_decay: float,
    ) -> None:
        self._weights = [weight.detach() for weight in weights.values()]
        self._mean = [torch.zeros_like(weight) for weight in self._weights]
        self._square = [torch.zeros_like(weight) for weight in self._weights]
        self._count = torch.zeros((), dtype=torch.int64)  # on the CPU, where reading it stops no queue
        self.slots = {"count": self._count}
        self.slots |= {f"mean.{name}": m for name, m in zip(weights, self._mean, strict=True)}
        self.slots |= {f"square.{name}": v for name, v in zip(weights, self._square, strict=True)}
        self._betas = betas
        self._epsilon = epsilon
        self._weight_decay = weight_decay

    def __call__(self, gradients: Gradients, lr: float, again: Evaluate) -> None:  # noqa: ARG002
        if self._weight_decay:
            gradients = torch._foreach_add(gradients, self._weights, alpha=self._weight_decay)
        self._count += 1
        count, (beta1, beta2) = int(self._count), self._betas
        torch._foreach_lerp_(self._mean, gradients, 1 - beta1)
        torch._foreach_mul_(self._square, beta2)
        torch._foreach_addcmul_(self._square, gradients, gradients, value=1 - beta2)
        scale = torch._foreach_sqrt(self._square)
        torch._foreach_div_(scale, (1 - beta2**count) ** 0.5)
        torch._foreach_add_(scale, self._epsilon)
        torch._foreach_addcdiv_(self._weights, self._mean, scale, value=-lr / (1 - beta1**count))
