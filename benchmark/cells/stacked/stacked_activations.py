"""Activations of several lanes.

Legend of shape suffixes: L lanes, B examples, F features in, G features out; all features are padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import torch
from torch import Tensor, nn

from benchmark.cells.stacked.stack import line
from benchmark.cells.stacked.stacked_layer import Flow, Shape, Weights


class _Activation:
    """A function of one number, without weights."""

    def __init__(self, layers: Sequence[nn.Module], weights: Weights, shape: Shape) -> None:
        pass

    def forward(self, x_LBF: Tensor) -> Tensor:
        self._x, self._y = x_LBF, self.evaluate(x_LBF)
        return self._y

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return x_LBF

    def backward(self, g_LBG: Tensor) -> Tensor:
        return g_LBG

    @staticmethod
    def settings(layer: nn.Module) -> Hashable:  # noqa: ARG004
        """Return what must be equal in all lanes."""
        return ()

    @staticmethod
    def flow(layer: nn.Module, shape: Shape) -> Flow:  # noqa: ARG004
        """Return what it makes of an example."""
        return Flow(shape)


class StackedIdentity(_Activation):
    """`nn.Identity`."""


class StackedReLU(_Activation):
    """`nn.ReLU`; not in place, where it changes what else reads its input, such as a shortcut."""

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return torch.relu(x_LBF)

    def backward(self, g_LBG: Tensor) -> Tensor:
        gradient: Tensor = torch.ops.aten.threshold_backward(g_LBG, self._y, 0)
        return gradient

    @staticmethod
    def fits(layer: nn.ReLU) -> bool:
        """Tell whether it leaves its input as it is."""
        return not layer.inplace


class StackedTanh(_Activation):
    """`nn.Tanh`."""

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return _by_lane(torch.tanh, x_LBF)

    def backward(self, g_LBG: Tensor) -> Tensor:
        return _by_lane(torch.ops.aten.tanh_backward, g_LBG, self._y)


class StackedGELU(_Activation):
    """`nn.GELU`, exact."""

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return _by_lane(nn.functional.gelu, x_LBF)

    def backward(self, g_LBG: Tensor) -> Tensor:
        return _by_lane(torch.ops.aten.gelu_backward, g_LBG, self._x)

    @staticmethod
    def fits(layer: nn.GELU) -> bool:
        """Tell whether it is the exact one."""
        return layer.approximate == "none"


def _by_lane(function: Callable[..., Tensor], *tensors: Tensor) -> Tensor:
    """Return an elementwise function whose approximation is another one where numbers fill no whole vectors.

    Torch's loops take two vectors of AVX-512 at a time, two cache lines: a lane that ends between them is filled up.
    """
    shape, n_numbers = tensors[0].shape, tensors[0][0].numel()
    n_missing = -n_numbers % (2 * line // tensors[0].element_size())
    if not n_missing:  # lanes that are one piece of memory, as inputs are, would be met by another loop
        return function(*(tensor.contiguous() for tensor in tensors))
    filled = (nn.functional.pad(tensor.flatten(1), (0, n_missing)) for tensor in tensors)
    return function(*filled)[:, :n_numbers].reshape(shape)
