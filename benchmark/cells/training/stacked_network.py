"""Networks of several lanes as one, whose weights are views of one buffer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from torch import Tensor, nn

from benchmark.cells.training.stack import Stack
from benchmark.cells.training.stacked_activations import StackedIdentity
from benchmark.cells.training.stacked_layer import StackedLayer
from benchmark.cells.training.stacked_layers import (
    StackedLinear,
    StackedSequential,
    can_stack,
    layout,
    stacked,
)


def layout_of(module: nn.Module, inputs: Tensor) -> Hashable | None:
    """Return what networks must have in common to be stacked; None where this one cannot be.

    All weights must be trained, none shared between layers, and inputs be flat, or flattened first.
    """
    weights = list(module.parameters())
    if type(module) is not nn.Sequential or not can_stack(module) or not weights:
        return None
    n_flattened = sum(type(layer) is nn.Flatten for layer in module.modules())
    flattens_first = type(module[0]) is nn.Flatten and module[0].start_dim == 1 and module[0].end_dim == -1
    if n_flattened > flattens_first or (inputs.dim() > 2 and not flattens_first):
        return None
    n_entries = len(list(module.named_parameters(remove_duplicate=False)))
    if n_entries > len(weights) or not all(weight.requires_grad for weight in weights):
        return None
    return layout(module)


class StackedNetwork:
    """Networks of one layout.

    Attributes:
        weights, gradients: of all lanes, in the order of `parameters()`.
    """

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        lanes = [list(module.parameters()) for module in modules]
        self.weights = Stack.of(lanes)
        self.gradients = self.weights.zeros()
        self._places = {id(weight): place for place, weight in enumerate(lanes[0])}
        self._network = stacked(modules, self)
        _leave_out_gradient_of_inputs(self._network)
        self.forward, self.backward = self._network.forward, self._network.backward
        self.evaluate = self._network.evaluate

    def values_of(self, weight: Tensor) -> Tensor:
        """Return the block of a weight of the first lane."""
        return self.weights.blocks[self._places[id(weight)]]

    def gradients_of(self, weight: Tensor) -> Tensor:
        """Return the block of its gradient."""
        return self.gradients.blocks[self._places[id(weight)]]


def _leave_out_gradient_of_inputs(layer: StackedLayer) -> None:
    """Tell the layer that gets the data as they are, if it is a linear one."""
    while isinstance(layer, StackedSequential):
        layer = next(stage for stage in layer.stages if type(stage) is not StackedIdentity)
    if isinstance(layer, StackedLinear):
        layer.reads_inputs = True
