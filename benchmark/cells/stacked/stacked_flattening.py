"""Layers of several lanes that make features of the channels at every position.

Legend of shape suffixes: L lanes, B examples, S positions, C channels, F features; channels and features are padded,
see `stack`.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

from torch import Tensor, nn

from benchmark.cells.models.layers import SpatialMean
from benchmark.cells.stacked.stack import padded
from benchmark.cells.stacked.stacked_layer import Flow, Shape, Weights


class StackedFlatten:
    """`nn.Flatten` of all of an example; features are in torch's order, channel by channel."""

    def __init__(self, layers: Sequence[nn.Flatten], weights: Weights, shape: Shape) -> None:  # noqa: ARG002
        self._shape, self._n_features = shape, math.prod(shape)

    def forward(self, x_LBSC: Tensor) -> Tensor:
        if len(self._shape) == 1:
            return x_LBSC
        self._like = x_LBSC
        n_channels = self._shape[0]
        found_LBF = x_LBSC.new_zeros(*x_LBSC.shape[:2], padded(self._n_features, x_LBSC.dtype))
        x_LBCS = x_LBSC[..., :n_channels].movedim(-1, 2)
        found_LBF[..., : self._n_features].view(x_LBCS.shape).copy_(x_LBCS)
        return found_LBF

    evaluate = forward

    def backward(self, g_LBF: Tensor) -> Tensor:
        if len(self._shape) == 1:
            return g_LBF
        found_LBSC = self._like.new_zeros(self._like.shape)
        g_LBCS = g_LBF[..., : self._n_features].view(*g_LBF.shape[:2], *self._shape)
        found_LBSC[..., : self._shape[0]].copy_(g_LBCS.movedim(2, -1))
        return found_LBSC

    @staticmethod
    def settings(layer: nn.Flatten) -> Hashable:  # noqa: ARG004
        """Return what must be equal in all lanes."""
        return ()

    @staticmethod
    def flow(layer: nn.Flatten, shape: Shape) -> Flow:  # noqa: ARG004
        """Return what it makes of an example."""
        return Flow((math.prod(shape),))

    @staticmethod
    def fits(layer: nn.Flatten) -> bool:
        """Tell whether it flattens all but the batch."""
        return layer.start_dim == 1 and layer.end_dim == -1


class StackedSpatialMean:
    """`SpatialMean`."""

    def __init__(self, layers: Sequence[SpatialMean], weights: Weights, shape: Shape) -> None:  # noqa: ARG002
        self._n_positions = math.prod(shape[1:])

    def forward(self, x_LBSC: Tensor) -> Tensor:
        self._shape = x_LBSC.shape
        return x_LBSC.flatten(2, -2).mean(2)

    evaluate = forward

    def backward(self, g_LBF: Tensor) -> Tensor:
        n_lanes, n_examples, *positions, _ = self._shape
        g_LB1F = (g_LBF / self._n_positions).view(n_lanes, n_examples, *[1] * len(positions), -1)
        return g_LB1F.expand(self._shape).contiguous()  # sums over it go in one order, whatever the batch

    @staticmethod
    def settings(layer: SpatialMean) -> Hashable:  # noqa: ARG004
        """Return what must be equal in all lanes."""
        return ()

    @staticmethod
    def flow(layer: SpatialMean, shape: Shape) -> Flow | None:  # noqa: ARG004
        """Return what it makes of an example; None of one that it refuses."""
        return Flow(shape[:1]) if len(shape) > 1 else None
