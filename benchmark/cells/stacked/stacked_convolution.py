"""Convolutions of several lanes: one batched product each, of windows that are copied side by side.

In torch's grouped convolutions single precision has other bits than alone, and they take twice the time of this.

Legend of shape suffixes: L lanes, B examples, S positions in and T positions out (one dimension of a signal, two of a
picture), K positions of the window, C channels in, G channels out, N = B T rows of a product, M = K C their columns,
padded as G is, see `stack`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from benchmark.cells.stacked.stack import padded
from benchmark.cells.stacked.stacked_layer import Flow, Shape, Weights

Convolution = nn.Conv1d | nn.Conv2d
columns_at_once = 2**20  # bytes of windows, of examples that are only evaluated: many would fill the cache


class StackedConvolution:
    """`nn.Conv1d` and `nn.Conv2d` with plain zeros around, neither grouped nor dilated."""

    def __init__(self, layers: Sequence[Convolution], weights: Weights, shape: Shape) -> None:
        self._first = first = layers[0]
        flow = self.flow(first, shape)
        self._n_columns = flow.n_columns if flow else 0
        self._weight_LGM = weights.values_of(first.weight)
        self._weight_gradient = weights.gradients_of(first.weight)
        self._bias_L1G = self._bias_gradient = None
        if first.bias is not None:
            self._bias_L1G = weights.values_of(first.bias).unsqueeze(1)
            self._bias_gradient = weights.gradients_of(first.bias).unsqueeze(1)
        self.reads_inputs = False  # whether its inputs are the data, of which nobody needs the gradient
        self._rooms: dict[tuple[int, ...], _Windows] = {}

    def forward(self, x_LBSC: Tensor) -> Tensor:
        self._windows = self._windows_of(x_LBSC)
        return self._product(self._windows, slice(None))

    def evaluate(self, x_LBSC: Tensor) -> Tensor:
        n_examples = max(1, columns_at_once // (self._n_columns * x_LBSC.element_size()))
        found = []
        for place in range(len(x_LBSC)):
            lane = slice(place, place + 1)
            parts = x_LBSC[lane].split(n_examples, dim=1)  # type: ignore[no-untyped-call]
            found.append(torch.cat([self._product(self._windows_of(part), lane) for part in parts], dim=1))
        return torch.cat(found)

    def backward(self, g_LBTG: Tensor) -> Tensor:
        g_LNG, columns_LNM = g_LBTG.flatten(1, -2), self._windows.columns_LNM
        torch.bmm(g_LNG.transpose(1, 2), columns_LNM, out=self._weight_gradient)
        if self._bias_gradient is not None:
            torch.sum(g_LNG, dim=1, keepdim=True, out=self._bias_gradient)
        if self.reads_inputs:
            return g_LBTG
        # in place of the windows, which nobody needs any more
        torch.bmm(g_LNG, self._weight_LGM, out=columns_LNM)
        return self._windows.summed()

    def _windows_of(self, x_LBSC: Tensor) -> _Windows:
        shape = tuple(x_LBSC.shape)
        if shape not in self._rooms:
            self._rooms[shape] = _Windows(self._first, x_LBSC)
        self._rooms[shape].read(x_LBSC)
        return self._rooms[shape]

    def _product(self, windows: _Windows, lanes: slice) -> Tensor:
        weight_LMG = self._weight_LGM[lanes].transpose(1, 2)
        if self._bias_L1G is None:
            found = torch.bmm(windows.columns_LNM, weight_LMG)
        else:
            found = torch.baddbmm(self._bias_L1G[lanes], windows.columns_LNM, weight_LMG)
        return found.view(*windows.shape_LBT, found.shape[2])

    @staticmethod
    def settings(layer: Convolution) -> Hashable:
        """Return what must be equal in all lanes."""
        sizes = layer.in_channels, layer.out_channels, layer.kernel_size
        return *sizes, layer.stride, layer.padding, layer.bias is not None

    @staticmethod
    def flow(layer: Convolution, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that it refuses."""
        if len(shape) != 1 + len(layer.kernel_size) or shape[0] != layer.in_channels:
            return None
        found = _positions_out(layer, shape[1:])
        if min(found) < 1:
            return None
        n_positions = math.prod(found)
        width = padded(layer.weight[0].numel(), layer.weight.dtype)
        return Flow((layer.out_channels, *found), n_positions * layer.out_channels, n_positions * width)

    @staticmethod
    def fits(layer: Convolution) -> bool:
        """Tell whether it is an ordinary one."""
        is_plain = layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
        return is_plain and layer.groups == 1 and set(layer.dilation) == {1}


def _pads(layer: Convolution) -> tuple[int, ...]:
    if isinstance(layer.padding, str):
        raise TypeError(f"padding is {layer.padding!r}; give numbers")
    return layer.padding


def _positions_out(layer: Convolution, positions: Sequence[int]) -> tuple[int, ...]:
    sizes = zip(positions, _pads(layer), layer.kernel_size, layer.stride, strict=True)
    return tuple((size + 2 * pad - window) // stride + 1 for size, pad, window, stride in sizes)


class _Windows:
    """Room for the windows of inputs of one shape, and for the gradients by them.

    Attributes:
        columns_LNM: a row per window.
        shape_LBT: how many lanes, examples and positions out there are.
    """

    def __init__(self, layer: Convolution, like: Tensor) -> None:
        """Make it for inputs like these, shape (L, B, *S, padded C)."""
        n_lanes, n_examples, *positions, _ = like.shape
        self._layer, self._shape = layer, like.shape
        self.shape_LBT = n_lanes, n_examples, *_positions_out(layer, positions)
        n_numbers = layer.weight[0].numel()
        n_rows, n_columns = math.prod(self.shape_LBT[1:]), padded(n_numbers, like.dtype)
        self.columns_LNM = like.new_zeros(n_lanes, n_rows, n_columns)
        by_window = (*self.shape_LBT, *layer.kernel_size, layer.in_channels)
        self._columns = self.columns_LNM[..., :n_numbers].view(by_window)
        self._inputs = _Frame(layer, like)

    def read(self, x_LBSC: Tensor) -> None:
        """Copy the windows of these inputs side by side."""
        self._inputs.inside.copy_(x_LBSC[..., : self._layer.in_channels])
        self._columns.copy_(self._inputs.windows)

    def summed(self) -> Tensor:
        """Return for every input the sum of what stands in the columns for it, shape (L, B, *S, padded C)."""
        frame, *pairs, found_LBSC = self._gradients
        frame.whole.zero_()
        torch._foreach_add_(*pairs)  # one after the other
        found_LBSC[..., : self._layer.in_channels].copy_(frame.inside)
        return found_LBSC

    @cached_property
    def _gradients(self) -> tuple[_Frame, list[Tensor], list[Tensor], Tensor]:
        """Room for gradients: framed, the frame's and the columns' numbers by position of the window, and as found."""
        found_LBSC = self.columns_LNM.new_zeros(self._shape)
        frame, before = _Frame(self._layer, found_LBSC), (slice(None),) * len(self.shape_LBT)
        places = list(itertools.product(*map(range, self._layer.kernel_size)))
        in_frame, in_columns = (
            [numbers[before + place] for place in places] for numbers in (frame.windows, self._columns)
        )
        return frame, in_frame, in_columns, found_LBSC


class _Frame:
    """Inputs with room for the zeros around them.

    Attributes:
        whole: all of it.
        inside: the inputs, shape (L, B, *S, C).
        windows: what each window sees, shape (L, B, *T, *K, C).
    """

    def __init__(self, layer: Convolution, like: Tensor) -> None:
        n_lanes, n_examples, *positions, _ = like.shape
        sides = [size + 2 * pad for size, pad in zip(positions, _pads(layer), strict=True)]
        self.whole = self.inside = self.windows = like.new_zeros(
            n_lanes, n_examples, *sides, layer.in_channels
        )
        for dimension, size in enumerate(positions):
            self.inside = self.inside.narrow(2 + dimension, _pads(layer)[dimension], size)
            window, stride = layer.kernel_size[dimension], layer.stride[dimension]
            self.windows = self.windows.unfold(2 + dimension, window, stride)
        self.windows = self.windows.movedim(2 + len(positions), -1)
