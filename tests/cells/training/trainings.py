"""Trainings that differ in all that a state must carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmark.cells.data.splits import Splits
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import Model, built

momentum = SGD(batch_size=8, lr=0.05, momentum=0.9, epochs=4, schedule="cosine", warmup_steps=3)
trainings: dict[str, tuple[Model, SGD | Adam]] = {
    "momentum": (MLP(width=6), momentum),
    "nesterov and weight decay": (MLP(width=6), replace(momentum, nesterov=True, weight_decay=0.01)),
    "augmentation and batch norm": (SmallCNN(width=2, norm="batch"), replace(momentum, augment="crop_flip")),
    "dropout and batch norm": (KeskarC1(width=2), momentum),
    "a stop, tested often": (MLP(width=6), replace(momentum, stop_at_loss=1e-9, check_every=3)),
    "Adam": (MLP(width=6), Adam(batch_size=8, lr=0.01, epochs=4)),
}
every_training = pytest.mark.parametrize(("model", "spec"), trainings.values(), ids=trainings.keys())


def begun(
    model: Model,
    spec: SGD | Adam,
    splits: Splits,
    *,
    init: int = 0,
    order: int = 0,
    augment: int = 0,
    **start: Any,
) -> Trajectory:
    module = built(model, splits.task, init)
    return spec.begin(module, splits, order_seed=order, augment_seed=augment, **start)


def after(trajectory: Trajectory, n_steps: int) -> Trajectory:
    for _ in range(n_steps):
        trajectory.advance()
    return trajectory


def assert_same(first: Trajectory, second: Trajectory) -> None:
    (tensors, meta), (others, other_meta) = first.state(), second.state()
    assert meta == other_meta
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensor, others[name]) for name, tensor in tensors.items())
