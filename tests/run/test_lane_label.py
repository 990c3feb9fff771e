"""Which cells are expected to be lanes of one program."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmark.cells.cell import Cell, Derived
from benchmark.cells.data.digits import Digits
from benchmark.cells.data.torchvision_sets import CIFAR10
from benchmark.cells.derivations.average import Average
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.training.sgd import SGD
from benchmark.run.lane_label import lane_label

training = SGD(batch_size=10, lr=0.1, steps=20)
cell = Cell(data=Digits(n_train=100), model=MLP(width=8), training=training)


@pytest.mark.parametrize(
    "other",
    [
        replace(cell, init_seed=1, order_seed=2, augment_seed=3),
        replace(cell, data=replace(cell.data, split_seed=1)),
        replace(cell, training=replace(training, lr=0.2, weight_decay=0.1, momentum=0.9)),
    ],
)
def test_cells_that_differ_in_seeds_and_rates_have_one_label(other: Cell) -> None:
    assert lane_label(cell) is not None
    assert lane_label(other) == lane_label(cell) and other.key != cell.key


@pytest.mark.parametrize(
    "other",
    [
        replace(cell, model=MLP(width=9)),
        replace(cell, training=replace(training, batch_size=11)),
        replace(cell, data=Digits(n_train=101)),
    ],
)
def test_cells_of_other_shapes_have_another_label(other: Cell) -> None:
    assert lane_label(other) not in (None, lane_label(cell))


def test_convolutions_are_expected_to_be_lanes_on_small_pictures_only() -> None:
    one = replace(cell, model=SmallCNN())
    assert lane_label(one) == lane_label(replace(one, init_seed=1)) is not None


def test_what_cannot_be_a_lane_has_no_label() -> None:
    assert lane_label(replace(cell, model=KeskarC1())) is None
    assert lane_label(replace(cell, model=SmallCNN(), data=CIFAR10(n_train=100))) is None
    derived = Cell(data=cell.data, model=cell.model, start=Derived(parents=(cell,), rule=Average()))
    assert lane_label(derived) is None
    assert lane_label(replace(cell, model="somebody's own")) is None
