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

from benchmark.cells.models.layers import Residual, Scale
from benchmark.cells.stacked.stacked_activations import (
    StackedGELU,
    StackedIdentity,
    StackedReLU,
    StackedTanh,
)
from benchmark.cells.stacked.stacked_batch_norm import StackedBatchNorm
from benchmark.cells.stacked.stacked_layer import StackedLayer, Weights


class StackedLinear:
    """`nn.Linear`."""

    def __init__(self, layers: Sequence[nn.Linear], weights: Weights) -> None:
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


class StackedScale:
    """`Scale`."""

    def __init__(self, layers: Sequence[Scale], weights: Weights) -> None:  # noqa: ARG002
        self._factor = layers[0].factor

    def forward(self, x_LBF: Tensor) -> Tensor:
        return self._factor * x_LBF

    evaluate = backward = forward

    @staticmethod
    def settings(layer: Scale) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.factor


class StackedSequential:
    """`nn.Sequential`."""

    def __init__(self, layers: Sequence[nn.Sequential], weights: Weights) -> None:
        self.stages = [stacked(stages, weights) for stages in zip(*layers, strict=True)]

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
    def fits(layer: nn.Sequential) -> bool:
        """Tell whether all stages can be stacked."""
        return all(map(can_stack, layer))


class StackedResidual:
    """`Residual` with the identity as shortcut."""

    def __init__(self, layers: Sequence[Residual], weights: Weights) -> None:
        self._body, self._scale = stacked([layer.body for layer in layers], weights), layers[0].scale

    def forward(self, x_LBF: Tensor) -> Tensor:
        return self._sum(x_LBF, self._body.forward(x_LBF))

    def evaluate(self, x_LBF: Tensor) -> Tensor:
        return self._sum(x_LBF, self._body.evaluate(x_LBF))

    def backward(self, g_LBF: Tensor) -> Tensor:
        return g_LBF + self._body.backward(g_LBF if self._scale == 1 else self._scale * g_LBF)

    def _sum(self, x_LBF: Tensor, body_LBF: Tensor) -> Tensor:
        return x_LBF + (body_LBF if self._scale == 1 else self._scale * body_LBF)

    @staticmethod
    def settings(layer: Residual) -> Hashable:
        """Return what must be equal in all lanes."""
        return layer.scale, layout(layer.body)

    @staticmethod
    def fits(layer: Residual) -> bool:
        """Tell whether the shortcut is the identity and the body can be stacked."""
        return type(layer.shortcut) is nn.Identity and can_stack(layer.body)


# by exact class: a subclass may compute something else
stacked_classes: dict[type[nn.Module], Any] = {
    nn.Linear: StackedLinear,
    nn.BatchNorm1d: StackedBatchNorm,
    nn.ReLU: StackedReLU,
    nn.Tanh: StackedTanh,
    nn.GELU: StackedGELU,
    nn.Identity: StackedIdentity,
    nn.Flatten: StackedIdentity,
    nn.Sequential: StackedSequential,
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


def stacked(layers: Sequence[nn.Module], weights: Weights) -> StackedLayer:
    """Return layers of several lanes, of one layout, as one."""
    made: StackedLayer = weights.classes[type(layers[0])](layers, weights)
    return made
