"""Any network's passes, by torch's own layers and derivatives, at one set of weights after the other.

Legend of shape suffixes: L sets of weights, B examples of a chunk, K outputs, P weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmark.cells.data.task import Task
from benchmark.landscape.curvature import Built, Product, gauss_newton_product, hessian_product, with_size
from benchmark.landscape.passes import Statistics
from benchmark.landscape.weights import Buffers, is_tied, unflatten


@dataclass(frozen=True, kw_only=True)
class ByAutograd:
    """See `Passes`.

    Attributes:
        module: in evaluation mode.
        like: its weights by name.
        buffers: those of the centre; None where it is to use none, but the statistics of each chunk.
        task: for the loss.
        is_tied: whether a weight has several names.
    """

    module: nn.Module
    like: Mapping[str, Tensor]
    buffers: Buffers | None
    task: Task
    is_tied: bool

    @staticmethod
    def of(module: nn.Module, like: Mapping[str, Tensor], buffers: Buffers | None, task: Task) -> ByAutograd:
        """Return the passes of a network."""
        return ByAutograd(module=module, like=like, buffers=buffers, task=task, is_tied=is_tied(module))

    def n_together(self, n_examples: int) -> int:  # noqa: ARG002
        """Return 1."""
        return 1

    def forward(self, theta_P: Tensor, inputs_B: Tensor, buffers: Buffers | None) -> Tensor:
        """Return the outputs at one set of weights, shape (B, K), with their graph."""
        state: dict[str, Tensor] = unflatten(theta_P, self.like)
        if self.buffers is not None:
            state = state | (self.buffers if buffers is None else buffers)
        outputs: Tensor = functional_call(self.module, state, (inputs_B,), tie_weights=self.is_tied)
        return outputs

    def outputs(self, theta_LP: Tensor, inputs_B: Tensor, buffers_L: Statistics) -> Tensor:
        """Return the outputs at every set of weights, shape (L, B, K)."""
        with torch.no_grad():
            found = [
                self.forward(*each)
                for each in zip(theta_LP, [inputs_B] * len(theta_LP), buffers_L, strict=True)
            ]
        return found[0].unsqueeze(0) if len(found) == 1 else torch.stack(found)

    def loss_and_gradient(
        self, theta_P: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> tuple[Tensor, Tensor]:
        """Return the sum of the examples' losses, and its gradient, shape (P,)."""
        theta = theta_P.detach().requires_grad_()
        total = self._total(theta, inputs_B, targets_B, buffers)
        (gradient_P,) = torch.autograd.grad(total, theta)
        return total.detach().double(), gradient_P

    def hessian(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products with the Hessians of the chunk's mean loss, and the bytes of their graphs."""

        def mean(theta: Tensor) -> Tensor:
            return self._total(theta, inputs_B, targets_B, buffers) / len(inputs_B)

        return _built(theta_LP, lambda theta_P: hessian_product(mean, theta_P))

    def gauss_newton(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products with the Gauss-Newton matrices, and the bytes of their graphs."""

        def mean(outputs_BK: Tensor) -> Tensor:
            return self.task.loss(outputs_BK, targets_B).sum() / len(inputs_B)

        def outputs(theta: Tensor) -> Tensor:
            return self.forward(theta, inputs_B, buffers)

        return _built(theta_LP, lambda theta_P: gauss_newton_product(outputs, mean, theta_P))

    def _total(self, theta_P: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None) -> Tensor:
        return self.task.loss(self.forward(theta_P, inputs_B, buffers), targets_B).sum()


def _built(theta_LP: Tensor, product_at: Callable[[Tensor], Product]) -> Built:
    products, n_bytes = with_size(lambda: [product_at(theta_P) for theta_P in theta_LP])
    if len(products) == 1:
        return lambda vector_LP: products[0](vector_LP[0]).unsqueeze(0), n_bytes
    return lambda vector_LP: torch.stack(
        [product(vector_P) for product, vector_P in zip(products, vector_LP, strict=True)]
    ), n_bytes
