"""A network's first layer on a slice of weights, computed once for the whole slice.

A linear or convolution layer is linear in its weights. Where its input x does not depend on the weights, its outputs
on a slice are y(a, b) = y(origin) + a y(axis_1) + b y(axis_2): three passes through the layer serve all points. Up to
rounding this is what the layer computes, and at the origin bit for bit.

Legend of shape suffixes: B examples of a chunk, P weights.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmark.landscape.kept_outputs import Kept, StackedFirstLayer
from benchmark.landscape.loss import Landscape
from benchmark.landscape.weights import unflatten

layer_types = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
Chunk = tuple[int, int]  # address and number of the examples that the network was given


@dataclass(kw_only=True)
class FirstLayer:
    """Takes the place of a layer's forward pass while the weights move on a slice.

    Attributes:
        own_forward: what the layer itself does, with the weights that the network has.
        still: a copy of the layer, to be given weights.
        parts: weight and bias at the origin, and along each axis.
        budget: bytes still free for outputs; chunks beyond that are computed by the layer itself.
        coordinates: where on the slice the weights are.
        examples: the chunk of examples that the network was given.
        kept: outputs by chunk; None where memory did not suffice.
    """

    own_forward: Callable[[Tensor], Tensor]
    still: nn.Module
    parts: Sequence[Mapping[str, Tensor]]
    budget: int
    coordinates: tuple[float, ...]
    examples: Tensor = field(default_factory=lambda: torch.empty(0))
    kept: dict[Chunk, Kept | None] = field(default_factory=dict)

    def move_to(self, points: Sequence[Sequence[float]]) -> None:
        """Say where on the slice the weights are now: at one point."""
        (point,) = points
        self.coordinates = tuple(point)

    def note_examples(self, _: nn.Module, arguments: tuple[Any, ...]) -> None:
        """Remember which examples the network was given: a hook. Chunks are views, each at an address of its own."""
        (self.examples,) = arguments

    def forward(self, x_B: Tensor) -> Tensor:
        """Return the layer's outputs where the weights are."""
        chunk = (self.examples.data_ptr(), len(self.examples))
        if chunk not in self.kept:
            self.kept[chunk] = self._computed(x_B)
        kept = self.kept[chunk]
        if kept is None or not kept.is_for(x_B):
            return self.own_forward(x_B)
        return kept.at(self.coordinates)

    def _computed(self, x_B: Tensor) -> Kept | None:
        origin_B: Tensor = functional_call(self.still, dict(self.parts[0]), (x_B,))
        is_part = x_B.untyped_storage().data_ptr() == self.examples.untyped_storage().data_ptr()
        size = origin_B.nbytes * (len(self.parts) + 1) + (0 if is_part else x_B.nbytes)
        if size > self.budget:
            return None
        self.budget -= size
        along = [functional_call(self.still, dict(part), (x_B,)) for part in self.parts[1:]]
        return Kept(x=x_B if is_part else x_B.clone(), origin=origin_B, along=along)


def factored(
    landscape: Landscape, origin_P: Tensor, axes: Sequence[Tensor], *, budget: int
) -> tuple[Landscape, FirstLayer | StackedFirstLayer | None]:
    """Return the landscape with its first layer computed once for the slice, and that layer, to be moved along.

    The landscape itself, and None, where no layer qualifies: exactly a linear or convolution layer (its subclasses
    may compute something else), with weights of its own, called once per forward pass, on an input that no weight has
    a gradient through. Should the input differ nevertheless from one point to another, the layer computes it itself.

    Args:
        landscape: any; it is left as it is.
        origin_P: weights at coordinates 0, shape (P,).
        axes: at least one vector of shape (P,).
        budget: bytes that the kept outputs may take.
    """
    if (stacked := landscape.on_slice(origin_P, axes, budget=budget)) is not None:
        return stacked
    found: list[FirstLayer] = []

    def change(network: nn.Module) -> None:
        name = _first(network, landscape)
        if name is None:
            return
        layer: Any = network.get_submodule(name)
        cut = [unflatten(point_P, landscape.like) for point_P in (origin_P, *axes)]
        names = {own: _full(name, own) for own, _ in layer.named_parameters()}
        found.append(
            FirstLayer(
                own_forward=layer.forward,
                still=copy.deepcopy(layer),
                parts=[{own: weights[full] for own, full in names.items()} for weights in cut],
                budget=budget,
                coordinates=(0.0,) * len(axes),
            )
        )
        network.register_forward_pre_hook(found[0].note_examples)
        layer.forward = found[0].forward

    changed = landscape.through(change)
    return (changed, found[0]) if found else (landscape, None)


def _first(network: nn.Module, landscape: Landscape) -> str | None:
    """Return the name of the first layer that may be factored, seen in a forward pass of a few examples."""
    calls: list[tuple[str, tuple[Any, ...]]] = []

    def noting(name: str) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        return lambda _, arguments: calls.append((name, arguments))

    layers = {name: layer for name, layer in network.named_modules() if type(layer) in layer_types}
    hooks = [layer.register_forward_pre_hook(noting(name)) for name, layer in layers.items()]
    with torch.enable_grad():
        weights = unflatten(landscape.theta.detach().requires_grad_(), landscape.like)
        functional_call(network, weights, (landscape.examples.inputs[:4],))
    for hook in hooks:
        hook.remove()
    names = [name for name, _ in calls]
    for name, arguments in calls:
        owned = all(_full(name, own) in landscape.like for own, _ in layers[name].named_parameters())
        fixed = len(arguments) == 1 and not arguments[0].requires_grad
        if owned and fixed and names.count(name) == 1:
            return name
    return None


def _full(name: str, own: str) -> str:
    return f"{name}.{own}" if name else own
