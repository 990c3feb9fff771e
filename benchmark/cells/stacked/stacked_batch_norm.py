"""Batch norm of several lanes.

Legend of shape suffixes: L lanes, B examples, F features in, G features out; all features are padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor, nn

from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_layer import Weights


class StackedBatchNorm:
    """`nn.BatchNorm1d`, with the statistics of each lane's own batch."""

    def __init__(self, layers: Sequence[nn.BatchNorm1d], weights: Weights) -> None:
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
    def settings(layer: nn.BatchNorm1d) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.num_features, layer.eps, layer.momentum

    @staticmethod
    def fits(layer: nn.BatchNorm1d) -> bool:
        """Tell whether it has weights and running statistics that move by a fixed share."""
        return layer.affine and layer.track_running_stats and layer.momentum is not None


def _buffer(layer: nn.Module, name: str) -> Tensor:
    buffer = getattr(layer, name)
    if not isinstance(buffer, Tensor):
        raise TypeError(f"{type(layer).__name__} has no {name}")
    return buffer
