"""How a training ends, what it records, and that no step waits."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from tests.cells.models.networks import Model, built
from tests.cells.training.problems import finish, pictures, quadratic
from tests.cells.training.trainings import after, begun, every_training
from tests.toys import tensor


def test_the_stop_is_tested_every_few_steps() -> None:
    module, splits = quadratic(tensor(1.0), tensor(1.0))  # loss 0.5 * 0.9^(2 t), below 0.1 from t = 8 on
    sgd = SGD(batch_size=4, lr=0.1, steps=100, stop_at_loss=0.1, check_every=3)
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    assert (trajectory.status, trajectory.step) == ("done", 9)
    assert trajectory.reason == "loss 0.07505 <= stop_at_loss=0.1 at step 9"
    assert [record["step"] for record in trajectory.history] == [0, 3, 6, 9]
    assert trajectory.history[-1]["loss"] == pytest.approx(0.5 * 0.9**18, rel=1e-12)


def test_without_check_every_the_stop_is_tested_once_an_epoch() -> None:
    module, splits = quadratic(tensor(1.0), tensor(1.0), n_examples=10)
    sgd = SGD(batch_size=1, lr=0.1, epochs=9, stop_at_loss=0.1, check_every=None)
    assert finish(sgd.begin(module, splits, order_seed=0, augment_seed=0)).step == 10


def test_a_network_that_is_good_enough_is_not_trained() -> None:
    module, splits = quadratic(tensor(1.0), tensor(0.1))
    sgd = SGD(batch_size=4, lr=0.1, steps=100, stop_at_loss=0.1)
    trajectory = sgd.begin(module, splits, order_seed=0, augment_seed=0)
    assert (trajectory.finished, trajectory.status, trajectory.step) == (True, "done", 0)
    with pytest.raises(RuntimeError, match="the training is done at step 0; begin another one"):
        trajectory.advance()


def test_a_budget_that_ends_above_the_stop_is_not_converged() -> None:
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    sgd = SGD(batch_size=4, lr=0.1, steps=5, stop_at_loss=0.1)
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    assert (trajectory.status, trajectory.step) == ("not_converged", 5)
    assert trajectory.reason == "loss 0.1743 > stop_at_loss=0.1 at the end"
    assert trajectory.history[-1]["step"] == 5


def test_a_diverged_training_says_when_and_keeps_finite_records_only() -> None:
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    sgd = SGD(batch_size=2, lr=1e100, epochs=9)  # two steps in an epoch
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    assert (trajectory.status, trajectory.step) == ("diverged", 2)
    assert trajectory.reason == "loss not finite at step 2"
    json.dumps(trajectory.state()[1], allow_nan=False)


def test_without_a_stop_there_is_a_record_at_the_start_each_epoch_and_the_end() -> None:
    splits = pictures(n_train=37, n_val=5)
    spec = SGD(batch_size=8, lr=0.1, steps=12, schedule="step", milestones=(0.5,))
    trajectory = finish(begun(MLP(width=6), spec, splits))
    assert (trajectory.status, trajectory.reason) == ("done", "all 12 steps taken")
    assert [record["step"] for record in trajectory.history] == [0, 5, 10, 12]
    assert [record["epoch"] for record in trajectory.history] == [0, 1, 2, 2.4]
    assert [record["lr"] for record in trajectory.history] == pytest.approx([0.1, 0.1, 0.01, 0.01])
    first, *others = (set(record) for record in trajectory.history)
    names = {"step", "epoch", "lr", "loss", "error", "weight_norm", "val_loss", "val_error"}
    assert first == names
    assert all(record == names | {"gradient_norm"} for record in others)


def thinned(steps: int, **more: Any) -> list[float]:
    """Return the steps of the records that a training of so many steps keeps."""
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    sgd = SGD(batch_size=4, lr=0.1, steps=steps, stop_at_loss=1e-30, check_every=3, **more)
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    return [record["step"] for record in trajectory.history]


def test_a_long_history_keeps_every_other_record_then_every_fourth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.cells.training.trajectory.most_records", 4)
    assert thinned(9) == [0, 3, 6, 9]
    assert thinned(12) == [0, 6, 12]
    assert thinned(21) == [0, 6, 12, 18, 21]  # the last is always there
    assert thinned(24) == [0, 12, 24]
    assert thinned(50) == [0, 24, 48, 50]
    assert max(len(thinned(steps)) for steps in range(1, 60)) == 5


def test_records_that_are_not_kept_are_tested_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    module, splits = quadratic(tensor(1.0), tensor(1.0))  # loss 0.5 * 0.9^(2 t), below 1e-3 from t = 30 on
    monkeypatch.setattr("benchmark.cells.training.trajectory.most_records", 2)
    sgd = SGD(batch_size=4, lr=0.1, steps=100, stop_at_loss=1e-3, check_every=3)
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    assert (trajectory.status, trajectory.step) == ("done", 30)
    assert [record["step"] for record in trajectory.history] == [0, 24, 30]


def test_a_history_that_begins_later_is_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.cells.training.trajectory.most_records", 4)
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    sgd = SGD(batch_size=4, lr=0.1, steps=110, stop_at_loss=1e-30, check_every=3)
    trajectory = finish(sgd.begin(module, splits, order_seed=0, augment_seed=0, first_step=100))
    assert [record["step"] for record in trajectory.history] == [100, 102, 105, 108, 110]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@every_training
def test_between_records_no_step_waits_for_the_device(model: Model, spec: SGD | Adam) -> None:
    splits = pictures().to("cuda")
    module = built(model, splits.task).to("cuda")
    trajectory = after(spec.begin(module, splits, order_seed=0, augment_seed=0), 6)
    torch.cuda.set_sync_debug_mode("error")
    try:
        after(trajectory, 2)
    finally:
        torch.cuda.set_sync_debug_mode("default")
