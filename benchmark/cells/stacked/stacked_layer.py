"""What a layer of several lanes does, and what it is given.

Legend of shape suffixes: L lanes, B examples, F features in, G features out; all features are padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from torch import Tensor, nn


class Weights(Protocol):
    """Where the stacked weights are: by those of the first lane.

    Attributes:
        classes: by which class a layer is stacked.
    """

    classes: Mapping[type[nn.Module], Any]

    def values_of(self, weight: Tensor) -> Tensor:
        """Return the block of a weight."""

    def gradients_of(self, weight: Tensor) -> Tensor:
        """Return the block that its gradient belongs in."""


class StackedLayer(Protocol):
    """A layer of several lanes."""

    def forward(self, x_LBF: Tensor) -> Tensor:
        """Return the outputs in training mode, and remember what `backward` needs."""

    def backward(self, g_LBG: Tensor) -> Tensor:
        """Take the gradient of the outputs, write those of the weights, return that of the inputs."""

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        """Return the outputs in evaluation mode."""
