"""Signals of 40 values in ten classes, of random numbers, and a network of three convolutions for them.

In form they are MNIST-1D and its convolutional network (Greydanus 2020).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import Task, classification
from benchmark.cells.models.layers import draw_kaiming


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


@dataclass(frozen=True)
class SignalCNN:
    """Three convolutions of stride 2 with `width` channels and ReLU, windows of 5, 3 and 3, and a linear head."""

    width: int = 25

    def build(self, task: Task) -> nn.Module:
        """Return the network for signals of 40 values, its weights drawn from torch's global generator."""
        layers: list[nn.Module] = []
        channels_in = task.input_shape[0]
        for window in (5, 3, 3):
            layers += [nn.Conv1d(channels_in, self.width, window, stride=2, padding=1), nn.ReLU()]
            channels_in = self.width
        network = nn.Sequential(*layers, nn.Flatten(), nn.Linear(5 * self.width, task.n_outputs))
        draw_kaiming(network)
        return network
