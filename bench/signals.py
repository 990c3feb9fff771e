"""Signals of 40 values in ten classes, of random numbers: in form MNIST-1D (Greydanus & Kobak 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification


@dataclass(frozen=True)
class Signals:
    """Standard normal signals with a channel of 40 values, and random targets."""

    n_train: int = 1000

    def load(self) -> Splits:
        """Return splits in the default precision, the same on every machine."""
        stream = torch.Generator().manual_seed(0)

        def drawn(n_examples: int) -> Examples:
            inputs = torch.randn(n_examples, 1, 40, generator=stream)
            return Examples(inputs=inputs, targets=torch.randint(10, (n_examples,), generator=stream))

        task = classification(input_shape=(1, 40), n_outputs=10, kind="vectors")
        return Splits(train=drawn(self.n_train), val=drawn(100), test=drawn(100), task=task)
