"""Trainings that start from the checkpoint of another one."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.cells.data.splits import Splits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import Model, built
from tests.cells.training.problems import finish, pictures, quadratic, weights
from tests.cells.training.trainings import after, begun, every_training, momentum
from tests.mutants import Mutant, red_with
from tests.toys import tensor


def slots(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def child(
    parent: Trajectory,
    model: Model,
    spec: SGD | Adam,
    splits: Splits,
    *,
    carried: bool,
    order: int = 0,
    step: int = 0,
) -> Trajectory:
    tensors, _ = parent.state()
    module = built(model, splits.task, 99)
    module.load_state_dict(slots(tensors, "module."))
    state = slots(tensors, "optimizer.") if carried else None
    return spec.begin(
        module, splits, order_seed=order, augment_seed=0, first_step=step, optimizer_state=state
    )


@every_training
def test_carried_optimizer_and_continued_schedule_give_the_weights_of_the_parent(
    model: Model, spec: SGD | Adam
) -> None:
    splits = pictures()
    parent = begun(model, spec, splits)
    copy = child(after(parent, 7), model, spec, splits, carried=True, step=7)
    assert [record["step"] for record in copy.history] == [7]
    assert torch.equal(weights(finish(copy).module), weights(finish(parent).module))


def test_another_order_seed_gives_another_child() -> None:
    splits = pictures()
    parent = after(begun(MLP(width=6), momentum, splits), 7)
    ends = [
        weights(
            finish(child(parent, MLP(width=6), momentum, splits, carried=True, step=7, order=seed)).module
        )
        for seed in (1, 2)
    ]
    assert not torch.equal(*ends)


@red_with(Mutant(Trajectory._load_slots, "slot.copy_(loaded[name])", "pass"))
def test_a_carried_optimizer_keeps_its_velocity_and_a_fresh_one_does_not() -> None:
    spec = SGD(batch_size=4, lr=0.1, momentum=0.5, steps=1)
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    velocity = {"velocity.weights": tensor(2.0)}
    finish(spec.begin(module, splits, order_seed=0, augment_seed=0, optimizer_state=velocity))
    torch.testing.assert_close(weights(module), tensor(1 - 0.1 * (0.5 * 2 + 1)))
    module, splits = quadratic(tensor(1.0), tensor(1.0))
    finish(spec.begin(module, splits, order_seed=0, augment_seed=0))
    torch.testing.assert_close(weights(module), tensor(1 - 0.1))


def test_a_restarted_schedule_has_its_whole_budget_ahead() -> None:
    splits = pictures()
    parent = after(begun(MLP(width=6), momentum, splits), 7)
    again = child(parent, MLP(width=6), momentum, splits, carried=False)
    assert again.history[0]["lr"] == pytest.approx(0.05 / 3)
    assert finish(again).step == 20


def test_at_the_last_step_nothing_is_left_to_do() -> None:
    splits = pictures()
    parent = finish(begun(MLP(width=6), momentum, splits))
    copy = child(parent, MLP(width=6), momentum, splits, carried=True, step=20)
    assert copy.status == "done"
    assert torch.equal(weights(copy.module), weights(parent.module))


def test_a_start_that_does_not_fit_is_refused() -> None:
    splits = pictures()
    for step in (-1, 21):
        with pytest.raises(ValueError, match=f"first_step is {step} of 20; restart the schedule at 0"):
            begun(MLP(width=6), momentum, splits, first_step=step)
    with pytest.raises(ValueError, match=r"does not fit at 'velocity.head.bias'; start with a fresh one"):
        begun(MLP(width=6), momentum, splits, optimizer_state={})
