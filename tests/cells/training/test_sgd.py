"""Stochastic gradient descent against closed forms and `torch.optim`."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from benchmark.cells.data.splits import Splits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.streams import generator
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.sgd_update import SGDUpdate
from tests.cells.models.networks import built
from tests.cells.training.problems import finish, pictures, quadratic, weights
from tests.mutants import Mutant, red_with
from tests.toys import tensor

curvatures = tensor(1.0, 3.0, 0.25)
start = tensor(1.0, -2.0, 5.0)


@red_with(
    Mutant(SGDUpdate.move, "(gradients, lr)", "(gradients, 2 * lr)"),
    Mutant(SGDUpdate.move, "(weights, weight_decay)", "(weights, 2 * weight_decay)"),
)
def test_gradient_descent_on_a_quadratic_shrinks_by_1_minus_lr_curvature() -> None:
    module, splits = quadratic(curvatures, start)
    finish(
        SGD(batch_size=4, lr=0.2, weight_decay=0.5, steps=7).begin(
            module, splits, order_seed=0, augment_seed=0
        )
    )
    torch.testing.assert_close(
        weights(module), start * (1 - 0.2 * (curvatures + 0.5)) ** 7, rtol=1e-13, atol=0
    )


@red_with(
    Mutant(SGDUpdate.move, "else velocity", "else gradients"),
    Mutant(SGDUpdate.move, "mul_(velocity, momentum)", "mul_(velocity, 1 - momentum)"),
)
def test_heavy_ball_on_a_quadratic_is_a_linear_recurrence() -> None:
    lr, momentum, steps = 0.1, 0.8, 9
    module, splits = quadratic(curvatures, start)
    sgd = SGD(batch_size=2, lr=lr, momentum=momentum, steps=steps)
    finish(sgd.begin(module, splits, order_seed=0, augment_seed=0))
    for index, curvature in enumerate(curvatures.tolist()):
        step = tensor([1 - lr * curvature, -lr * momentum], [curvature, momentum])  # of (weight, velocity)
        expected = torch.linalg.matrix_power(step, steps) @ torch.stack([start[index], tensor(0.0)[0]])
        torch.testing.assert_close(weights(module)[index], expected[0], rtol=1e-12, atol=0)


def by_hand(
    module: nn.Module, splits: Splits, optimizer: torch.optim.Optimizer, batch_size: int, epochs: int
) -> None:
    """Train as everyone does."""
    for epoch in range(epochs):
        order = torch.randperm(len(splits.train), generator=generator(5, "order", epoch))
        for index in order.split(batch_size):  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
            inputs, targets = splits.train.inputs[index], splits.train.targets[index]
            nn.functional.cross_entropy(module(inputs), targets).backward()  # type: ignore[no-untyped-call]
            optimizer.step()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"weight_decay": 0.01},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
    ],
    ids=str,
)
def test_a_training_equals_one_by_hand_with_torch_optim(options: dict[str, Any]) -> None:
    splits = pictures(n_train=37)  # batches of 8, 8, 8, 8, 5
    splits = Splits(
        train=type(splits.train)(inputs=splits.train.inputs.double(), targets=splits.train.targets),
        val=splits.val,
        test=splits.test,
        task=splits.task,
    )
    ours, theirs = (built(MLP(width=6), splits.task).double() for _ in range(2))
    finish(SGD(batch_size=8, lr=0.1, epochs=3, **options).begin(ours, splits, order_seed=5, augment_seed=0))
    by_hand(theirs, splits, torch.optim.SGD(theirs.parameters(), lr=0.1, **options), batch_size=8, epochs=3)
    torch.testing.assert_close(weights(ours), weights(theirs), rtol=1e-12, atol=1e-14)


def test_weights_that_need_no_gradient_stay() -> None:
    splits = pictures()
    module = built(MLP(width=6), splits.task)
    frozen = module.get_parameter("layer1.0.weight").requires_grad_(False)
    before, head = frozen.clone(), module.get_parameter("head.weight").detach().clone()
    finish(
        SGD(batch_size=8, lr=0.1, momentum=0.9, steps=3).begin(module, splits, order_seed=0, augment_seed=0)
    )
    assert torch.equal(frozen, before)
    assert not torch.equal(module.get_parameter("head.weight"), head)


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match="SGD.momentum is 1.0; give a number from 0 to below 1"):
        SGD(batch_size=8, lr=0.1, steps=1, momentum=1.0)
    with pytest.raises(ValueError, match="SGD.nesterov is True; give momentum > 0 with it"):
        SGD(batch_size=8, lr=0.1, steps=1, nesterov=True)
