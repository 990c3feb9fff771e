"""Which examples a step sees, as a function of the step alone: nothing to save, and nothing to restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from benchmark.cells.data.augment import augmentations
from benchmark.cells.streams import generator

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Examples


class Batches:
    """The mini-batches of a training set, by step.

    Epoch e is a permutation drawn from the stream (order_seed, "order", e), cut into batches of `batch_size`;
    the last one may be smaller and is kept. Step t is augmented from the stream (augment_seed, "augment", t).

    Attributes:
        examples: those of the training set.
        batch_size: examples in a batch.
        per_epoch: batches in an epoch.
    """

    def __init__(
        self, examples: Examples, *, batch_size: int, order_seed: int, augment_seed: int, augment: str
    ) -> None:
        self.examples, self.batch_size = examples, batch_size
        self._order_seed, self._augment_seed = order_seed, augment_seed
        self._augmentation = augmentations.get(augment)
        self._epoch, self._indices = -1, tuple[Tensor, ...]()
        self.per_epoch = -(-len(examples) // batch_size)

    def at(self, step: int) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of step `step`, counted from 0."""
        epoch, position = divmod(step, self.per_epoch)
        if epoch != self._epoch:
            order = self.order(epoch).to(self.examples.inputs.device, non_blocking=True)
            self._epoch, self._indices = epoch, torch.split(order, self.batch_size)
        index = self._indices[position]
        inputs, targets = self.examples.inputs[index], self.examples.targets[index]
        if self._augmentation is not None:
            inputs = self._augmentation(inputs, generator(self._augment_seed, "augment", step))
        return inputs, targets

    def order(self, epoch: int) -> Tensor:
        """Return the permutation of the examples in an epoch, on the CPU."""
        return torch.randperm(len(self.examples), generator=generator(self._order_seed, "order", epoch))
