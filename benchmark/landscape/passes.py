"""What a landscape asks of a network: its passes, forward and backward, at given weights.

Legend of shape suffixes: L sets of weights, B examples of a chunk, K outputs, P weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from torch import Tensor

from benchmark.landscape.curvature import Built
from benchmark.landscape.weights import Buffers

Statistics = Sequence[Buffers | None]  # buffers at every set of weights; None for those of the centre


class Passes(Protocol):
    """A network over chunks of examples, at several sets of weights."""

    def n_together(self, n_examples: int) -> int:
        """Return how many sets of weights are best evaluated at once, for chunks of so many examples."""

    def outputs(self, theta_LP: Tensor, inputs_B: Tensor, buffers_L: Statistics) -> Tensor:
        """Return the outputs at every set of weights, shape (L, B, K)."""

    def loss_and_gradient(
        self, theta_P: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> tuple[Tensor, Tensor]:
        """Return the sum of the examples' losses, and its gradient, shape (P,)."""

    def hessian(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products (L, P) -> (L, P) with the Hessians of the chunk's mean loss, and the bytes they hold."""

    def gauss_newton(
        self, theta_LP: Tensor, inputs_B: Tensor, targets_B: Tensor, buffers: Buffers | None
    ) -> Built:
        """Return the products with the Gauss-Newton matrices, in the same way."""
