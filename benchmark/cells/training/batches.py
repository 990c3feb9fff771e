"""Which examples a step sees, as a function of the step alone: nothing to save, and nothing to restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from benchmark.cells.data.augment import crop_flip
from benchmark.cells.streams import generator

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Examples


class Batches:
    """The mini-batches of a training set, by step.

    Epoch e is a permutation drawn from the stream (order_seed, "order", e), cut into batches of `batch_size`;
    the last one may be smaller and is kept. Step t is augmented from the stream (augment_seed, "augment", t).

    Attributes:
        per_epoch: batches in an epoch.
    """

    def __init__(
        self, examples: Examples, *, batch_size: int, order_seed: int, augment_seed: int, crop_and_flip: bool
    ) -> None:
        self._inputs, self._targets = examples.inputs, examples.targets
        self._batch_size = batch_size
        self._order_seed, self._augment_seed = order_seed, augment_seed
        self._crop_and_flip = crop_and_flip
        self._epoch, self._indices = -1, tuple[Tensor, ...]()
        self.per_epoch = -(-len(examples) // batch_size)

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of step `step`, counted from 0."""
        epoch, position = divmod(step, self.per_epoch)
        if epoch != self._epoch:
            self._epoch, self._indices = epoch, self._shuffled(epoch)
        index = self._indices[position]
        inputs, targets = self._inputs[index], self._targets[index]
        if self._crop_and_flip:
            inputs = crop_flip(inputs, generator(self._augment_seed, "augment", step))
        return inputs, targets

    def _shuffled(self, epoch: int) -> tuple[Tensor, ...]:
        order = torch.randperm(len(self._inputs), generator=generator(self._order_seed, "order", epoch))
        return torch.split(order.to(self._inputs.device, non_blocking=True), self._batch_size)
