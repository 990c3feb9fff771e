"""Batch norm of several lanes.

Legend of shape suffixes: L lanes, B examples, F features, S positions, C channels, N = B S; features and channels are
padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_layer import Flow, Shape, Weights

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d
spatial_precisions = (
    torch.float32,
)  # in others a network alone with batch norm of pictures would be slower than it was


class StackedBatchNorm:
    """Batch norm of features, with the statistics of each lane's own batch."""

    def __init__(self, layers: Sequence[BatchNorm], weights: Weights, shape: Shape) -> None:  # noqa: ARG002
        first = layers[0]
        self._weight, self._bias = (weights.values_of(one).unsqueeze(1) for one in (first.weight, first.bias))
        self._weight_gradient, self._bias_gradient = (
            weights.gradients_of(one).unsqueeze(1) for one in (first.weight, first.bias)
        )
        running = Stack.of(
            [[_buffer(layer, "running_mean"), _buffer(layer, "running_var")] for layer in layers]
        )
        self._mean, self._variance = (block.unsqueeze(1) for block in running.blocks)
        self._counts = [_buffer(layer, "num_batches_tracked") for layer in layers]
        self._momentum, self._epsilon = first.momentum or 0.0, first.eps

    def forward(self, x_LBF: Tensor) -> Tensor:
        unbiased = x_LBF.shape[1] / (x_LBF.shape[1] - 1)
        variance, mean = torch.var_mean(x_LBF, dim=1, correction=0, keepdim=True)
        self._inverse = (variance + self._epsilon).rsqrt_()
        self._x = (x_LBF - mean).mul_(self._inverse)
        self._mean.mul_(1 - self._momentum).add_(mean.mul_(self._momentum))
        self._variance.mul_(1 - self._momentum).add_(variance.mul_(unbiased * self._momentum))
        torch._foreach_add_(self._counts, 1)
        return torch.addcmul(self._bias, self._x, self._weight)

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        scale = (self._variance + self._epsilon).rsqrt_().mul_(self._weight)
        found: Tensor = (x_LBF - self._mean).mul_(scale).add_(self._bias)
        return found

    def backward(self, g_LBF: Tensor) -> Tensor:
        share = -1 / g_LBF.shape[1]
        torch.sum(g_LBF * self._x, dim=1, keepdim=True, out=self._weight_gradient)
        torch.sum(g_LBF, dim=1, keepdim=True, out=self._bias_gradient)
        centred = torch.add(g_LBF, self._bias_gradient, alpha=share)
        centred.addcmul_(self._x, self._weight_gradient, value=share)
        return centred.mul_(self._inverse * self._weight)

    @staticmethod
    def settings(layer: BatchNorm) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.num_features, layer.eps, layer.momentum

    @staticmethod
    def flow(layer: BatchNorm, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that it refuses."""
        return Flow(shape) if shape == (layer.num_features,) else None

    @staticmethod
    def fits(layer: BatchNorm) -> bool:
        """Tell whether it has weights and running statistics that move by a fixed share."""
        return layer.affine and layer.track_running_stats and layer.momentum is not None


class StackedSpatialBatchNorm(StackedBatchNorm):
    """Batch norm of channels, lane by lane: with as many numbers in each, torch's kernel takes a third of the time."""

    def forward(self, x_LBSC: Tensor) -> Tensor:
        self._x = x_LBSC.flatten(1, -2)
        torch._foreach_add_(self._counts, 1)
        found = [
            torch.native_batch_norm(x_NC, weight, bias, mean, variance, True, self._momentum, self._epsilon)
            for x_NC, weight, bias, mean, variance in zip(self._x, *self._vectors, strict=True)
        ]
        y_LNC, *self._statistics = (torch.stack(parts) for parts in zip(*found, strict=True))
        return y_LNC.view(x_LBSC.shape)

    def evaluate(self, x_LBSC: Tensor) -> Tensor:
        return super().evaluate(x_LBSC.flatten(1, -2)).view(x_LBSC.shape)

    def backward(self, g_LBSC: Tensor) -> Tensor:
        weight, _, mean, variance = self._vectors
        lanes = zip(g_LBSC.flatten(1, -2), self._x, weight, mean, variance, *self._statistics, strict=True)
        wanted = [True, True, True]
        found = [
            torch.ops.aten.native_batch_norm_backward(*numbers, True, self._epsilon, wanted)
            for numbers in lanes
        ]
        gradients, weight_gradients, bias_gradients = zip(*found, strict=True)
        torch.stack(weight_gradients, out=self._weight_gradient.squeeze(1))
        torch.stack(bias_gradients, out=self._bias_gradient.squeeze(1))
        return torch.stack(gradients).view(g_LBSC.shape)

    @property
    def _vectors(self) -> list[Tensor]:
        """Weight, bias, running mean and variance, each of shape (L, C)."""
        return [one.squeeze(1) for one in (self._weight, self._bias, self._mean, self._variance)]

    @staticmethod
    def flow(layer: BatchNorm, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that it refuses."""
        n_dimensions = 3 if isinstance(layer, nn.BatchNorm2d) else 2
        return Flow(shape) if len(shape) == n_dimensions and shape[0] == layer.num_features else None

    @staticmethod
    def fits(layer: BatchNorm) -> bool:
        """Tell whether it is one that others can be stacked with, in a precision in which that pays."""
        return StackedBatchNorm.fits(layer) and layer.weight.dtype in spatial_precisions


class StackedBatchNorm1d(StackedBatchNorm):
    """`nn.BatchNorm1d`, of features or, where an example has positions, of the channels of a signal."""

    def __new__(cls, layers: Sequence[BatchNorm], weights: Weights, shape: Shape) -> Any:
        """Return a layer of the one kind or the other."""
        kind = StackedBatchNorm if len(shape) == 1 else StackedSpatialBatchNorm
        return kind(layers, weights, shape)

    @staticmethod
    def flow(layer: BatchNorm, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that it refuses."""
        return (StackedBatchNorm if len(shape) == 1 else StackedSpatialBatchNorm).flow(layer, shape)


def _buffer(layer: nn.Module, name: str) -> Tensor:
    buffer = getattr(layer, name)
    if not isinstance(buffer, Tensor):
        raise TypeError(f"{type(layer).__name__} has no {name}")
    return buffer
