"""A training can stop anywhere and goes on bit by bit as if it had not."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch
from torch import Tensor

from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import Model
from tests.cells.training.problems import finish, pictures
from tests.cells.training.trainings import after, assert_same, begun, every_training, momentum


def through_a_file(trajectory: Trajectory) -> tuple[dict[str, Tensor], dict[str, Any]]:
    tensors, meta = trajectory.state()
    return tensors, json.loads(json.dumps(meta, allow_nan=False))


@every_training
@pytest.mark.parametrize("stopped_after", [0, 3, 5, 12, 20])  # of 20 steps, 5 in an epoch
def test_a_restored_training_is_bit_identical_to_an_uninterrupted_one(
    model: Model, spec: SGD | Adam, stopped_after: int
) -> None:
    splits = pictures(n_val=9)
    whole = finish(begun(model, spec, splits))
    tensors, meta = through_a_file(after(begun(model, spec, splits), stopped_after))
    resumed = begun(model, spec, splits, init=99)
    torch.rand(7)  # whatever else the process drew meanwhile
    resumed.restore(tensors, meta)
    assert resumed.step == stopped_after
    assert_same(finish(resumed), whole)


@pytest.mark.parametrize("stopped_after", range(0, 41, 3))
def test_a_history_that_is_thinned_resumes_bit_identically(
    monkeypatch: pytest.MonkeyPatch, stopped_after: int
) -> None:
    monkeypatch.setattr("benchmark.cells.training.trajectory.most_records", 4)
    splits = pictures()
    spec = SGD(batch_size=8, lr=0.05, steps=40, stop_at_loss=1e-9, check_every=2)
    whole = finish(begun(MLP(width=6), spec, splits))
    state = through_a_file(after(begun(MLP(width=6), spec, splits), min(stopped_after, 40)))
    resumed = begun(MLP(width=6), spec, splits, init=99)
    resumed.restore(*state)
    assert_same(finish(resumed), whole)
    assert [record["step"] for record in whole.history] == [0, 16, 32, 40]


@every_training
def test_a_state_does_not_move_with_the_training(model: Model, spec: SGD | Adam) -> None:
    trajectory = after(begun(model, spec, pictures()), 4)
    tensors, meta = trajectory.state()
    before = {name: value.clone() for name, value in tensors.items()}, json.dumps(meta)
    after(trajectory, 6)
    assert all(torch.equal(value, before[0][name]) for name, value in tensors.items())
    assert json.dumps(meta) == before[1]


def test_a_state_of_another_network_or_optimizer_is_refused() -> None:
    splits = pictures()
    state = through_a_file(begun(MLP(width=6), momentum, splits))
    with pytest.raises(ValueError, match="the state is that of another network"):
        begun(MLP(width=7), momentum, splits).restore(*state)
    with pytest.raises(ValueError, match=r"does not fit at 'count'; start with a fresh one"):
        begun(MLP(width=6), Adam(batch_size=8, steps=9), splits).restore(*state)
