"""Each random stream moves what it should, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.training.problems import finish, pictures, weights
from tests.cells.training.trainings import assert_same, begun, momentum, trainings


def test_equal_seeds_give_equal_bits() -> None:
    splits = pictures()
    for model, spec in trainings.values():
        assert_same(finish(begun(model, spec, splits)), finish(begun(model, spec, splits)))


def test_the_initial_weights_move_neither_order_nor_augmentation() -> None:
    splits = pictures()
    spec = replace(momentum, augment="crop_flip")
    seen = [recorded_inputs(begun(MLP(width=6), spec, splits, init=seed)) for seed in (0, 1)]
    assert all(torch.equal(one, other) for one, other in zip(*seen, strict=True))


def test_the_order_seed_moves_the_order_and_not_the_start() -> None:
    splits = pictures()
    first, other = (begun(MLP(width=6), momentum, splits, order=seed) for seed in (0, 1))
    assert torch.equal(weights(first.module), weights(other.module))
    assert not torch.equal(recorded_inputs(first)[0], recorded_inputs(other)[0])


def test_the_order_seed_moves_the_dropout() -> None:
    splits = pictures(n_train=8)  # one batch: the same examples whatever the order
    spec = SGD(batch_size=8, lr=0.05, steps=1)
    ends = [weights(finish(begun(KeskarC1(width=2), spec, splits, order=seed)).module) for seed in (0, 1)]
    assert not torch.allclose(ends[0], ends[1])
    without = [
        weights(finish(begun(KeskarC1(width=2, dropout=0.0), spec, splits, order=seed)).module)
        for seed in (0, 1)
    ]
    torch.testing.assert_close(*without)


def test_the_augment_seed_moves_nothing_without_augmentation() -> None:
    splits = pictures()
    plain = [weights(finish(begun(MLP(width=6), momentum, splits, augment=seed)).module) for seed in (0, 1)]
    assert torch.equal(*plain)
    spec = replace(momentum, augment="crop_flip")
    moved = [weights(finish(begun(MLP(width=6), spec, splits, augment=seed)).module) for seed in (0, 1)]
    assert not torch.equal(*moved)


def recorded_inputs(trajectory: Trajectory) -> list[Tensor]:
    return [trajectory.batches.at(step)[0].clone() for step in range(trajectory.n_steps)]
