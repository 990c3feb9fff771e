"""Adam against its definition and `torch.optim`."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.training.adam import Adam
from benchmark.cells.training.adam_update import AdamUpdate
from tests.cells.training.problems import finish, quadratic, weights
from tests.mutants import Mutant, red_with
from tests.toys import tensor

curvatures = tensor(1.0, 3.0, 0.25)
start = tensor(1.0, -2.0, 5.0)


def test_the_first_step_has_the_length_of_the_learning_rate() -> None:
    module, splits = quadratic(curvatures, start)
    finish(
        Adam(batch_size=4, lr=0.01, epsilon=1e-14, steps=1).begin(
            module, splits, order_seed=0, augment_seed=0
        )
    )
    torch.testing.assert_close(weights(module), start - 0.01 * start.sign(), rtol=1e-12, atol=0)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@red_with(
    Mutant(AdamUpdate.factors, "1 - beta1**count", "1"),
    Mutant(AdamUpdate.factors, "1 - beta2**count", "1"),
    Mutant(AdamUpdate.move, "gradients, gradients", "gradients, mean"),
)
def test_a_training_equals_one_by_hand_with_torch_optim(weight_decay: float) -> None:
    module, splits = quadratic(curvatures, start)
    adam = Adam(
        batch_size=4, lr=0.05, beta1=0.8, beta2=0.95, epsilon=1e-3, weight_decay=weight_decay, steps=11
    )
    finish(adam.begin(module, splits, order_seed=0, augment_seed=0))
    theta = start.clone().requires_grad_()
    theirs = torch.optim.Adam([theta], lr=0.05, betas=(0.8, 0.95), eps=1e-3, weight_decay=weight_decay)
    for _ in range(11):
        theta.grad = curvatures * theta.detach()
        theirs.step()
    torch.testing.assert_close(weights(module), theta.detach(), rtol=1e-12, atol=0)


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match="Adam.beta2 is 1; give a number from 0 to below 1"):
        Adam(batch_size=8, steps=1, beta2=1)
    with pytest.raises(ValueError, match="Adam.epsilon is 0; give a number > 0"):
        Adam(batch_size=8, steps=1, epsilon=0)
