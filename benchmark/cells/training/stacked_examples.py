"""The examples of several lanes: gathered by one index for all of them.

Legend of shape suffixes: L lanes, N examples, B examples of a mini-batch, F features (padded, see `stack`),
S positions, C channels (as they are).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from benchmark.cells.stacked.stack import padded
from benchmark.cells.stacked.stacked_layer import Shape

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Examples
    from benchmark.cells.training.batches import Batches


class StackedExamples:
    """As many examples for every lane, which lanes of the same data share.

    They come as (L, B, F) where networks read features, and as (L, B, *S, C) where they read channels.
    """

    def __init__(self, lanes: Sequence[Examples], shape: Shape) -> None:
        """Arrange examples, each of which networks read in this shape, see `shape_read`."""
        distinct = list({id(examples): examples for examples in lanes}.values())
        places = {id(examples): place for place, examples in enumerate(distinct)}
        inputs_N = torch.cat([examples.inputs for examples in distinct])
        self._inputs_N = _padded(inputs_N.flatten(1)) if len(shape) == 1 else _channels_last(inputs_N)
        self._targets_N = torch.cat([examples.targets for examples in distinct])
        n_examples = len(lanes[0])
        self.first_L1 = n_examples * torch.tensor([places[id(examples)] for examples in lanes]).unsqueeze(1)
        self._n_lanes = len(lanes)

    def at(self, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return inputs (L, B, ...) and targets (L B, ...) of rows (L B,), counted on from each lane's `first_L1`."""
        inputs = self._inputs_N.index_select(0, rows)
        return inputs.view(self._n_lanes, -1, *inputs.shape[1:]), self._targets_N.index_select(0, rows)


class StackedBatches:
    """The mini-batches of several lanes at one step."""

    def __init__(self, lanes: Sequence[Batches], shape: Shape) -> None:
        self._lanes, self._shape = lanes, shape
        self._epoch, self._rows = -1, list[Tensor]()

    @cached_property
    def _examples(self) -> StackedExamples:
        """The examples; gathered at the first step, as trainings that wait for theirs need none."""
        return StackedExamples([batches.examples for batches in self._lanes], self._shape)

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return inputs (L, B, ...) and targets (L B, ...)."""
        epoch, position = divmod(step, self._lanes[0].per_epoch)
        if epoch != self._epoch:
            orders = [batches.order(epoch) for batches in self._lanes]
            rows_LN = torch.stack(orders) + self._examples.first_L1
            self._epoch = epoch
            self._rows = [part.flatten() for part in rows_LN.split(self._lanes[0].batch_size, dim=1)]  # type: ignore[no-untyped-call]
        return self._examples.at(self._rows[position])


def _padded(inputs: Tensor) -> Tensor:
    n_features = inputs.shape[-1]
    return torch.nn.functional.pad(inputs, (0, padded(n_features, inputs.dtype) - n_features))


def _channels_last(inputs_NCS: Tensor) -> Tensor:
    return inputs_NCS.movedim(1, -1).contiguous()
