"""Networks of several lanes as one, whose weights are views of one buffer."""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_activations import StackedIdentity
from benchmark.cells.stacked.stacked_convolution import StackedConvolution
from benchmark.cells.stacked.stacked_flattening import StackedFlatten
from benchmark.cells.stacked.stacked_layer import Flow, Shape, StackedLayer
from benchmark.cells.stacked.stacked_layers import (
    StackedLinear,
    StackedSequential,
    can_stack,
    flow_of,
    layout,
    stacked,
    stacked_classes,
)


def layout_of(module: nn.Module, inputs: Tensor, n_outputs: int) -> Hashable | None:
    """Return what networks must have in common to be stacked; None where this one cannot be.

    All weights must be trained, none shared between layers, with no hook on any, and shapes fit: padding would hide
    what torch refuses. Inputs are flat, or flattened first, or those of a convolution.
    """
    weights = list(module.parameters())
    if type(module) is not nn.Sequential or not can_stack(module) or not weights:
        return None
    shape = shape_read(module, inputs)
    if len(shape) > 1 and not isinstance(_first(module), (nn.Conv1d, nn.Conv2d)):
        return None
    flow = flow_of(module, shape)
    n_entries = len(list(module.named_parameters(remove_duplicate=False)))
    is_plain = n_entries == len(weights) and not any(map(_is_special, weights)) and not _overlap(weights)
    return layout(module) if is_plain and flow is not None and flow.shape == (n_outputs,) else None


def shape_read(module: nn.Module, inputs: Tensor) -> Shape:
    """Return the shape in which a network reads an example of these: flat, where it flattens it first."""
    shape = tuple(inputs.shape[1:])
    return (math.prod(shape),) if type(_first(module)) is nn.Flatten else shape


def flow_through(module: nn.Module, inputs: Tensor) -> Flow:
    """Return what a network that can be stacked makes of an example of these."""
    flow = flow_of(module, shape_read(module, inputs))
    if flow is None:
        raise ValueError(f"the network refuses inputs of shape {tuple(inputs.shape)}")
    return flow


def _first(module: nn.Module) -> nn.Module:
    """Return the layer that reads the inputs."""
    while type(module) is nn.Sequential:
        stages = [stage for stage in module if type(stage) is not nn.Identity]
        if not stages:
            break
        module = stages[0]
    return module


def _is_special(weight: nn.Parameter) -> bool:
    """Tell whether a weight is not trained, or somebody changes its gradient on the way."""
    hooks = weight._backward_hooks, getattr(weight, "_post_accumulate_grad_hooks", None)
    return not weight.requires_grad or any(hooks)


def _overlap(weights: Sequence[nn.Parameter]) -> bool:
    """Tell whether two weights share memory: a step in one would be one in the other."""
    ends = sorted(
        (weight.data_ptr(), weight.data_ptr() + _extent(weight)) for weight in weights if weight.numel()
    )
    return any(end > begin for (_, end), (begin, _) in itertools.pairwise(ends))


def _extent(weight: Tensor) -> int:
    """Return how many bytes lie from its first number to its last."""
    steps = zip(weight.shape, weight.stride(), strict=True)
    return (sum((size - 1) * stride for size, stride in steps) + 1) * weight.element_size()


class StackedNetwork:
    """Networks of one layout.

    Attributes:
        weights, gradients: of all lanes, in the order of `parameters()`.
        classes: by which class a layer is stacked.
        reads_inputs: the layer that gets the data as they are, if it is one with a product.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        weights: Stack,
        shape: Shape,
        classes: Mapping[type[nn.Module], Any] = stacked_classes,
    ) -> None:
        """Stack networks that read examples of this shape, see `shape_read`."""
        self.weights, self.gradients, self.classes = weights, weights.zeros(), classes
        self._places = {id(weight): place for place, weight in enumerate(modules[0].parameters())}
        self._network = stacked(modules, self, shape)
        self.reads_inputs = _first_product(self._network)
        if self.reads_inputs is not None:  # nobody needs the gradient of the data
            self.reads_inputs.reads_inputs = True
        self.forward, self.backward = self._network.forward, self._network.backward
        self.evaluate = self._network.evaluate

    def values_of(self, weight: Tensor) -> Tensor:
        """Return the block of a weight of the first lane."""
        return self.weights.blocks[self._places[id(weight)]]

    def gradients_of(self, weight: Tensor) -> Tensor:
        """Return the block of its gradient."""
        return self.gradients.blocks[self._places[id(weight)]]


def _first_product(layer: StackedLayer) -> StackedLinear | StackedConvolution | None:
    """Return the layer that gets the data as they are, if it is one with a product."""
    while isinstance(layer, StackedSequential):
        stages = [stage for stage in layer.stages if not isinstance(stage, (StackedIdentity, StackedFlatten))]
        if not stages:
            return None
        layer = stages[0]
    return layer if isinstance(layer, (StackedLinear, StackedConvolution)) else None
