"""Networks of several lanes as one, whose weights are views of one buffer."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import torch
from torch import Tensor, nn

from benchmark.cells.stacked.stack import Stack
from benchmark.cells.stacked.stacked_activations import StackedIdentity
from benchmark.cells.stacked.stacked_layer import StackedLayer
from benchmark.cells.stacked.stacked_layers import (
    StackedLinear,
    StackedSequential,
    can_stack,
    layout,
    stacked,
)


def layout_of(module: nn.Module, inputs: Tensor, n_outputs: int) -> Hashable | None:
    """Return what networks must have in common to be stacked; None where this one cannot be.

    All weights must be trained, none shared between layers, with no hook on any, inputs be flat, or flattened first,
    and shapes fit: padding would hide what torch refuses.
    """
    weights = list(module.parameters())
    if type(module) is not nn.Sequential or not can_stack(module) or not weights:
        return None
    n_flattened = sum(type(layer) is nn.Flatten for layer in module.modules())
    flattens_first = type(module[0]) is nn.Flatten and module[0].start_dim == 1 and module[0].end_dim == -1
    if n_flattened > flattens_first or (inputs.dim() > 2 and not flattens_first):
        return None
    n_entries = len(list(module.named_parameters(remove_duplicate=False)))
    is_plain = n_entries == len(weights) and not any(map(_is_special, weights))
    return layout(module) if is_plain and _fits(module, inputs, n_outputs) else None


def _is_special(weight: nn.Parameter) -> bool:
    """Tell whether a weight is not trained, or somebody changes its gradient on the way."""
    hooks = weight._backward_hooks, getattr(weight, "_post_accumulate_grad_hooks", None)
    return not weight.requires_grad or any(hooks)


def _fits(module: nn.Sequential, inputs: Tensor, n_outputs: int) -> bool:
    """Tell whether the network takes the inputs and gives as many outputs as the task has."""
    was_training = module.training
    try:
        with torch.no_grad():
            found = module.eval()(inputs[:2])
    except RuntimeError:  # torch will say what is wrong when the network trains alone
        return False
    finally:
        module.train(was_training)
    return tuple(found.shape) == (len(inputs[:2]), n_outputs)


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
        stages = [stage for stage in layer.stages if type(stage) is not StackedIdentity]
        if not stages:
            return
        layer = stages[0]
    if isinstance(layer, StackedLinear):
        layer.reads_inputs = True
