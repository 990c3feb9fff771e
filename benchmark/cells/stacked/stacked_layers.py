"""Layers of several lanes at once, forward and backward.

Backward passes are written out: for small networks autograd's bookkeeping is a third of a step. Each is the derivative
of the layer of the same name in torch, whose arithmetic the forward pass follows.

Where lanes are met by one elementwise loop, the calls are those that round once: torch's loops take what fills no whole
vector apart, and there a product and a sum in one call may be rounded otherwise.

Legend of shape suffixes: L lanes, B examples, F features in, G features out; all features are padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook

from benchmark.cells.models.layers import Residual, Scale, SpatialMean
from benchmark.cells.stacked.stacked_activations import (
    StackedGELU,
    StackedIdentity,
    StackedReLU,
    StackedTanh,
)
from benchmark.cells.stacked.stacked_batch_norm import StackedBatchNorm1d, StackedSpatialBatchNorm
from benchmark.cells.stacked.stacked_convolution import StackedConvolution
from benchmark.cells.stacked.stacked_flattening import StackedFlatten, StackedSpatialMean
from benchmark.cells.stacked.stacked_layer import Flow, Shape, StackedLayer, Weights


class StackedLinear:
    """`nn.Linear`."""

    def __init__(self, layers: Sequence[nn.Linear], weights: Weights, shape: Shape) -> None:  # noqa: ARG002
        first = layers[0]
        self._weight_LGF, self._weight_gradient = (
            weights.values_of(first.weight),
            weights.gradients_of(first.weight),
        )
        self._bias_L1G = self._bias_gradient = None
        if first.bias is not None:
            self._bias_L1G = weights.values_of(first.bias).unsqueeze(1)
            self._bias_gradient = weights.gradients_of(first.bias).unsqueeze(1)
        self.reads_inputs = False  # whether its inputs are the data, of which nobody needs the gradient

    def forward(self, x_LBF: Tensor) -> Tensor:
        self._x_LBF = x_LBF
        return self.evaluate(x_LBF)

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        weight_LFG = self._weight_LGF.transpose(1, 2)
        if self._bias_L1G is None:
            return torch.bmm(x_LBF, weight_LFG)
        return torch.baddbmm(self._bias_L1G, x_LBF, weight_LFG)

    def backward(self, g_LBG: Tensor) -> Tensor:
        torch.bmm(g_LBG.transpose(1, 2), self._x_LBF, out=self._weight_gradient)
        if self._bias_gradient is not None:
            torch.sum(g_LBG, dim=1, keepdim=True, out=self._bias_gradient)
        return g_LBG if self.reads_inputs else torch.bmm(g_LBG, self._weight_LGF)

    @staticmethod
    def settings(layer: nn.Linear) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.in_features, layer.out_features, layer.bias is not None

    @staticmethod
    def flow(layer: nn.Linear, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that it refuses, or is not flat."""
        return Flow((layer.out_features,), layer.out_features) if shape == (layer.in_features,) else None


class StackedScale:
    """`Scale`."""

    def __init__(self, layers: Sequence[Scale], weights: Weights, shape: Shape) -> None:  # noqa: ARG002
        self._factor = layers[0].factor

    def forward(self, x_LBF: Tensor) -> Tensor:
        return self._factor * x_LBF

    evaluate = backward = forward

    @staticmethod
    def settings(layer: Scale) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.factor

    @staticmethod
    def flow(layer: Scale, shape: Shape) -> Flow:  # noqa: ARG004
        """Return what it makes of an example."""
        return Flow(shape)


class StackedSequential:
    """`nn.Sequential`."""

    def __init__(self, layers: Sequence[nn.Sequential], weights: Weights, shape: Shape) -> None:
        self.stages = []
        for stages in zip(*layers, strict=True):
            self.stages.append(stacked(stages, weights, shape))
            shape = _shape_after(stages[0], shape)

    def forward(self, x_LBF: Tensor) -> Tensor:
        for stage in self.stages:
            x_LBF = stage.forward(x_LBF)
        return x_LBF

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        for stage in self.stages:
            x_LBF = stage.evaluate(x_LBF)
        return x_LBF

    def backward(self, g_LBG: Tensor) -> Tensor:
        for stage in reversed(self.stages):
            g_LBG = stage.backward(g_LBG)
        return g_LBG

    @staticmethod
    def settings(layer: nn.Sequential) -> Hashable:
        """Return what must be equal in all lanes."""
        return tuple(layout(stage) for stage in layer)

    @staticmethod
    def flow(layer: nn.Sequential, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that a stage refuses."""
        found = Flow(shape)
        for stage in layer:
            flow = flow_of(stage, found.shape)
            if flow is None:
                return None
            found = Flow(flow.shape, found.n_units + flow.n_units, found.n_columns + flow.n_columns)
        return found

    @staticmethod
    def fits(layer: nn.Sequential) -> bool:
        """Tell whether all stages can be stacked."""
        return all(map(can_stack, layer))


class StackedResidual:
    """`Residual`."""

    def __init__(self, layers: Sequence[Residual], weights: Weights, shape: Shape) -> None:
        self._body = stacked([layer.body for layer in layers], weights, shape)
        self._shortcut = stacked([layer.shortcut for layer in layers], weights, shape)
        self._scale = layers[0].scale

    def forward(self, x_LBF: Tensor) -> Tensor:
        return self._sum(self._shortcut.forward(x_LBF), self._body.forward(x_LBF))

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return self._sum(self._shortcut.evaluate(x_LBF), self._body.evaluate(x_LBF))

    def backward(self, g_LBF: Tensor) -> Tensor:
        by_body = self._body.backward(g_LBF if self._scale == 1 else self._scale * g_LBF)
        return self._shortcut.backward(g_LBF) + by_body

    def _sum(self, x_LBF: Tensor, body_LBF: Tensor) -> Tensor:
        return x_LBF + (body_LBF if self._scale == 1 else self._scale * body_LBF)

    @staticmethod
    def settings(layer: Residual) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.scale, layout(layer.body), layout(layer.shortcut)

    @staticmethod
    def flow(layer: Residual, shape: Shape) -> Flow | None:
        """Return what it makes of an example; None of one that body or shortcut refuse, or of two different sums."""
        body, shortcut = flow_of(layer.body, shape), flow_of(layer.shortcut, shape)
        if body is None or shortcut is None or body.shape != shortcut.shape:
            return None
        return Flow(body.shape, body.n_units + shortcut.n_units, body.n_columns + shortcut.n_columns)

    @staticmethod
    def fits(layer: Residual) -> bool:
        """Tell whether shortcut and body can be stacked."""
        return can_stack(layer.shortcut) and can_stack(layer.body)


# by exact class: a subclass may compute something else
stacked_classes: dict[type[nn.Module], Any] = {
    nn.Linear: StackedLinear,
    nn.Conv1d: StackedConvolution,
    nn.Conv2d: StackedConvolution,
    nn.BatchNorm1d: StackedBatchNorm1d,
    nn.BatchNorm2d: StackedSpatialBatchNorm,
    nn.ReLU: StackedReLU,
    nn.Tanh: StackedTanh,
    nn.GELU: StackedGELU,
    nn.Identity: StackedIdentity,
    nn.Flatten: StackedFlatten,
    nn.Sequential: StackedSequential,
    SpatialMean: StackedSpatialMean,
    Scale: StackedScale,
    Residual: StackedResidual,
}


def can_stack(layer: nn.Module) -> bool:
    """Tell whether a layer, and all inside of it, is one that lanes know, with nobody listening to its passes."""
    kind = stacked_classes.get(type(layer))
    hooks = layer._forward_hooks, layer._forward_pre_hooks, layer._backward_hooks, layer._backward_pre_hooks
    listens = any(hooks) or "forward" in vars(layer) or _has_any_global_hook()  # type: ignore[no-untyped-call]
    return kind is not None and not listens and getattr(kind, "fits", lambda _: True)(layer)


def layout(layer: nn.Module) -> Hashable:
    """Return what layers must have in common to be one stacked layer; only for those that can be stacked."""
    return type(layer), stacked_classes[type(layer)].settings(layer)


def flow_of(layer: nn.Module, shape: Shape) -> Flow | None:
    """Return what a layer makes of an example, None of one that torch refuses; only for those that can be stacked."""
    flow: Flow | None = stacked_classes[type(layer)].flow(layer, shape)
    return flow


def stacked(layers: Sequence[nn.Module], weights: Weights, shape: Shape) -> StackedLayer:
    """Return layers of several lanes, of one layout, as one, for examples of a shape."""
    made: StackedLayer = weights.classes[type(layers[0])](layers, weights, shape)
    return made


def _shape_after(layer: nn.Module, shape: Shape) -> Shape:
    flow = flow_of(layer, shape)
    if flow is None:
        raise ValueError(f"{type(layer).__name__} refuses examples of shape {shape}")
    return flow.shape
