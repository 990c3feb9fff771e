"""From gradients to new weights: the arithmetic of one optimizer step, in place.

The arithmetic is that of `torch.optim`; its bookkeeping per step is left out, as it costs small networks a
quarter of their time. The state lies open in `slots`, so that a checkpoint is a dictionary of tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor

Gradients = tuple[Tensor, ...] | list[Tensor]


class Update(Protocol):
    """One optimizer step.

    Attributes:
        slots: the state, by name; updated in place.
    """

    @property
    def slots(self) -> Mapping[str, Tensor]: ...

    def __call__(self, gradients: Gradients, lr: float) -> None: ...


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

    def __call__(self, gradients: Gradients, lr: float) -> None:
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

    def __call__(self, gradients: Gradients, lr: float) -> None:
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
