"""What a training writes down."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.progress import Progress
from tests.cells.models.networks import built
from tests.cells.training.problems import pictures, quadratic, weights
from tests.mutants import Mutant, red_with
from tests.toys import tensor


@red_with(
    Mutant(Progress._means, "self._task.loss(outputs, examples.targets).mean()", "outputs.mean()"),
    Mutant(
        Progress._means, "error(outputs, examples.targets).mean()", "error(outputs, examples.targets).sum()"
    ),
    Mutant(Progress.record, "self._module.eval()", "self._module.train()"),
)
def test_loss_and_error_are_means_over_at_most_2048_examples_in_evaluation_mode() -> None:
    splits = pictures(n_train=2100, n_val=30)
    module = built(KeskarC1(width=2), splits.task)
    record = Progress(module, splits).record(gradients=())
    module.eval()
    for prefix, examples in {"": splits.train.take(slice(2048)), "val_": splits.val}.items():
        logits = module(examples.inputs).detach()
        loss = nn.functional.cross_entropy(logits, examples.targets)
        assert record[f"{prefix}loss"] == pytest.approx(float(loss), rel=1e-5)
        wrong = logits.argmax(dim=1) != examples.targets
        assert record[f"{prefix}error"] == pytest.approx(float(wrong.float().mean()), rel=1e-6)


def test_norms_are_euclidean_over_all_weights() -> None:
    splits = pictures()
    module = built(MLP(width=4), splits.task)
    gradients = [torch.full_like(weight, 2.0) for weight in module.parameters()]
    record = Progress(module, splits).record(gradients)
    assert record["weight_norm"] == pytest.approx(float(weights(module).norm()), rel=1e-6)
    assert record["gradient_norm"] == pytest.approx(2 * len(weights(module)) ** 0.5, rel=1e-6)


def test_looking_changes_nothing_and_leaves_the_network_in_training_mode() -> None:
    splits = pictures()
    module = built(KeskarC1(width=2), splits.task)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    Progress(module, splits).record(gradients=())
    assert module.training
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


def test_there_is_no_error_where_the_task_has_none_and_no_val_without_examples() -> None:
    module, splits = quadratic(tensor(2.0), tensor(3.0))
    assert Progress(module, splits).record(gradients=()) == {"weight_norm": 3.0, "loss": 9.0}
