"""Layers of several lanes that also pass derivatives along a direction in weights, forward and backward.

The derivative of a gradient along v is the Hessian's product with v. Differentiated once more by hand, a forward and a
backward pass give it without autograd's bookkeeping, which for small networks is more than half of a product
(Pearlmutter 1994, the R-operator). Every class adds two passes to its parent's, which after `forward` and `backward`
may be called as often as wanted; what `tangent_backward` writes where the gradients were is the product. Kinks of ReLU
are ignored.

Legend of shape suffixes: L lanes, B examples, F features in, G features out; all features are padded, see `stack`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn

from benchmark.cells.models.layers import Residual, Scale
from benchmark.cells.stacked.stacked_activations import (
    StackedGELU,
    StackedIdentity,
    StackedReLU,
    StackedTanh,
)
from benchmark.cells.stacked.stacked_layer import Shape, StackedLayer, Weights
from benchmark.cells.stacked.stacked_layers import (
    StackedLinear,
    StackedResidual,
    StackedScale,
    StackedSequential,
)


class TangentLayer(StackedLayer, Protocol):
    """A layer of several lanes and its derivatives along a direction."""

    def tangent(self, r_LBF: Tensor) -> Tensor:
        """Return the derivative of the outputs for that of the inputs."""

    def tangent_backward(self, r_LBG: Tensor) -> Tensor:
        """Take the derivative of the outputs' gradient, write those of the weights', return that of the inputs'."""


class TangentWeights(Weights, Protocol):
    """Where the stacked weights and their directions are."""

    def tangents_of(self, weight: Tensor) -> Tensor:
        """Return the block of a weight's direction."""


class TangentIdentity(StackedIdentity):
    """`nn.Identity`."""

    def tangent(self, r_LBF: Tensor) -> Tensor:
        return r_LBF

    tangent_backward = tangent


class TangentScale(StackedScale):
    """`Scale`."""

    def tangent(self, r_LBF: Tensor) -> Tensor:
        moved: Tensor = self._factor * r_LBF
        return moved

    tangent_backward = tangent


class TangentLinear(StackedLinear):
    """`nn.Linear`."""

    def __init__(self, layers: Sequence[nn.Linear], weights: TangentWeights, shape: Shape) -> None:
        super().__init__(layers, weights, shape)
        first = layers[0]
        self._v_LGF = weights.tangents_of(first.weight)
        self._v_L1G = None if first.bias is None else weights.tangents_of(first.bias).unsqueeze(1)

    def backward(self, g_LBG: Tensor) -> Tensor:
        self._g_LBG = g_LBG
        return super().backward(g_LBG)

    def tangent(self, r_LBF: Tensor) -> Tensor:
        self._r_LBF = r_LBF
        moved = torch.bmm(self._x_LBF, self._v_LGF.transpose(1, 2))
        if self._v_L1G is not None:
            moved += self._v_L1G
        return moved if self.reads_inputs else moved.baddbmm_(r_LBF, self._weight_LGF.transpose(1, 2))

    def tangent_backward(self, r_LBG: Tensor) -> Tensor:
        torch.bmm(r_LBG.transpose(1, 2), self._x_LBF, out=self._weight_gradient)
        if self._bias_gradient is not None:
            torch.sum(r_LBG, dim=1, keepdim=True, out=self._bias_gradient)
        if self.reads_inputs:
            return r_LBG
        self._weight_gradient.baddbmm_(self._g_LBG.transpose(1, 2), self._r_LBF)
        return torch.bmm(r_LBG, self._weight_LGF).baddbmm_(self._g_LBG, self._v_LGF)


class TangentReLU(StackedReLU):
    """`nn.ReLU`."""

    def tangent(self, r_LBF: Tensor) -> Tensor:
        return self.backward(r_LBF)

    tangent_backward = tangent


class TangentTanh(StackedTanh):
    """`nn.Tanh`: y' = 1 - y^2, y'' = -2 y y'."""

    def backward(self, g_LBG: Tensor) -> Tensor:
        self._bend = -2 * self._y * g_LBG
        return super().backward(g_LBG)

    def tangent(self, r_LBF: Tensor) -> Tensor:
        moved: Tensor = torch.ops.aten.tanh_backward(r_LBF, self._y)
        self._r = moved
        return moved

    def tangent_backward(self, r_LBG: Tensor) -> Tensor:
        moved: Tensor = torch.ops.aten.tanh_backward(r_LBG, self._y)
        moved += self._bend * self._r
        return moved


class TangentGELU(StackedGELU):
    """`nn.GELU`, exact: y = x Phi(x), y' = Phi(x) + x phi(x), y'' = (2 - x^2) phi(x)."""

    def forward(self, x_LBF: Tensor) -> Tensor:
        density: Tensor = torch.exp(-0.5 * x_LBF * x_LBF) / (2 * torch.pi) ** 0.5
        self._slope: Tensor = 0.5 * (1 + torch.erf(x_LBF / 2**0.5)) + x_LBF * density
        self._second: Tensor = (2 - x_LBF * x_LBF) * density
        return super().forward(x_LBF)

    def backward(self, g_LBG: Tensor) -> Tensor:
        self._bend: Tensor = self._second * g_LBG
        return super().backward(g_LBG)

    def tangent(self, r_LBF: Tensor) -> Tensor:
        self._r = r_LBF
        return self._slope * r_LBF

    def tangent_backward(self, r_LBG: Tensor) -> Tensor:
        return self._slope * r_LBG + self._bend * self._r


class TangentSequential(StackedSequential):
    """`nn.Sequential`."""

    stages: list[TangentLayer]  # type: ignore[assignment]

    def tangent(self, r_LBF: Tensor) -> Tensor:
        for stage in self.stages:
            r_LBF = stage.tangent(r_LBF)
        return r_LBF

    def tangent_backward(self, r_LBG: Tensor) -> Tensor:
        for stage in reversed(self.stages):
            r_LBG = stage.tangent_backward(r_LBG)
        return r_LBG


class TangentResidual(StackedResidual):
    """`Residual`."""

    _body: TangentLayer
    _shortcut: TangentLayer

    def tangent(self, r_LBF: Tensor) -> Tensor:
        return self._sum(self._shortcut.tangent(r_LBF), self._body.tangent(r_LBF))

    def tangent_backward(self, r_LBF: Tensor) -> Tensor:
        by_body = self._body.tangent_backward(r_LBF if self._scale == 1 else self._scale * r_LBF)
        return self._shortcut.tangent_backward(r_LBF) + by_body


tangent_classes: dict[type[nn.Module], type] = {
    nn.Linear: TangentLinear,
    nn.ReLU: TangentReLU,
    nn.Tanh: TangentTanh,
    nn.GELU: TangentGELU,
    nn.Identity: TangentIdentity,
    nn.Flatten: TangentIdentity,
    nn.Sequential: TangentSequential,
    Scale: TangentScale,
    Residual: TangentResidual,
}
