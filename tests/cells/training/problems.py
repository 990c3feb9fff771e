"""Small problems to train on: one with a closed form, one with pictures."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification
from benchmark.cells.streams import generator
from benchmark.cells.training.trajectory import Trajectory
from tests.toys import Surface, direct_loss


def quadratic(curvatures: Tensor, start: Tensor, n_examples: int = 4) -> tuple[nn.Module, Splits]:
    """Return weights at `start` on the loss 0.5 sum_i l_i w_i^2, the same for every example."""

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return 0.5 * (curvatures * w**2).sum() + 0 * inputs_B

    examples = Examples(inputs=torch.zeros(n_examples).double(), targets=torch.zeros(n_examples))
    splits = Splits(train=examples, val=examples.take(slice(0)), test=examples, task=direct_loss)
    return Surface(start.clone(), loss), splits


def pictures(n_train: int = 37, n_val: int = 0, channels: int = 1) -> Splits:
    """Return splits of random pictures in three classes, of which class 0 is the darkest."""
    task = classification(input_shape=(channels, 8, 8), n_outputs=3)

    def drawn(n_examples: int, name: str) -> Examples:
        stream = generator(0, "pictures", name)
        targets = torch.randint(3, (n_examples,), generator=stream)
        noise = torch.randn(n_examples, *task.input_shape, generator=stream)
        return Examples(inputs=noise + targets[:, None, None, None], targets=targets)

    return Splits(train=drawn(n_train, "train"), val=drawn(n_val, "val"), test=drawn(8, "test"), task=task)


def finish(trajectory: Trajectory) -> Trajectory:
    """Take all steps that are left."""
    while not trajectory.finished:
        trajectory.advance()
    return trajectory


def weights(module: nn.Module) -> Tensor:
    """Return a copy of all weights as one vector."""
    return torch.cat([weight.detach().reshape(-1).clone() for weight in module.parameters()])
