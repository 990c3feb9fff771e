"""Networks of several lanes as one, whose weights are views of one buffer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

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
    stacked_classes,
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
        classes: by which class a layer is stacked.
        reads_inputs: the layer that gets the data as they are, if it is a linear one.
    """

    def __init__(
        self,
        modules: Sequence[nn.Module],
        weights: Stack,
        classes: Mapping[type[nn.Module], Any] = stacked_classes,
    ) -> None:
        self.weights, self.gradients, self.classes = weights, weights.zeros(), classes
        self._places = {id(weight): place for place, weight in enumerate(modules[0].parameters())}
        self._network = stacked(modules, self)
        self.reads_inputs = _first_linear(self._network)
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


def _first_linear(layer: StackedLayer) -> StackedLinear | None:
    """Return the layer that gets the data as they are, if it is a linear one."""
    while isinstance(layer, StackedSequential):
        stages = [stage for stage in layer.stages if not isinstance(stage, StackedIdentity)]
        if not stages:
            return None
        layer = stages[0]
    return layer if isinstance(layer, StackedLinear) else None
