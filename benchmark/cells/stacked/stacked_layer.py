"""What a layer of several lanes does, and what it is given.

Legend of shape suffixes: L lanes, B examples, F features in, G features out, S positions (of a signal, or rows and
columns of a picture), C channels. The last dimension, features or channels, is padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from torch import Tensor, nn

Shape = tuple[int, ...]  # of an example, as torch has it: (F,), (C, W) or (C, H, W)


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
    """A layer of several lanes; features are (L, B, F), or (L, B, *S, C)."""

    def forward(self, x_LBF: Tensor) -> Tensor:
        """Return the outputs in training mode, and remember what `backward` needs."""

    def backward(self, g_LBG: Tensor) -> Tensor:
        """Take the gradient of the outputs, write those of the weights, return that of the inputs."""

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        """Return the outputs in evaluation mode."""


class Flow(NamedTuple):
    """What a layer makes of an example.

    Attributes:
        shape: of the outputs.
        n_units: outputs of layers with weights, those inside of it counted in.
        n_columns: numbers that convolutions inside of it copy side by side for their products.
    """

    shape: Shape
    n_units: int = 0
    n_columns: int = 0
