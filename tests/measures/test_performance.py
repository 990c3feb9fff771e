"""Loss and error on every split."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from benchmark.cells.data.splits import Splits
from benchmark.cells.data.task import classification
from benchmark.landscape.loss import Landscape
from benchmark.measures.performance import performance
from tests.mutants import Mutant, red_with
from tests.toys import linear, tensor, trained, values


@red_with(
    Mutant(performance, 'readings["test_error"] - readings["train_error"]', 'readings["test_error"]'),
    Mutant(
        Landscape.losses_and_errors,
        "if errors_LN is None else errors_LN",
        "if errors_LN is None else 2 * errors_LN",
    ),
)
def test_performance_is_mean_loss_and_share_of_errors_with_their_gap() -> None:
    module = nn.Linear(1, 2).double()
    module.load_state_dict({"weight": tensor([1.0], [-1.0]), "bias": tensor(0.0, 0.0)})
    net = trained(
        module,
        tensor([1.0], [1.0], [1.0], [-1.0]),
        torch.tensor([0, 0, 1, 0]),
        task=classification(input_shape=(1,), n_outputs=2, kind="vectors"),
        history=[{"step": 0.0}, {"step": 17.0}],
    )
    everything = net.splits.train
    net = replace(
        net, splits=replace(net.splits, train=everything.take(slice(0, 3)), test=everything.take(slice(2, 4)))
    )
    got = values(performance().compute(net))
    right, wrong = math.log1p(math.exp(-2)), math.log1p(math.exp(2))
    assert got.train_loss == pytest.approx((2 * right + wrong) / 3, rel=1e-14)
    assert got.test_loss == pytest.approx(wrong, rel=1e-14)
    assert (got.train_error, got.test_error, got.gap) == pytest.approx((1 / 3, 1.0, 2 / 3), rel=1e-14)
    assert got.n_steps == 17
    assert values(performance(n_examples=2).compute(net)).train_error == 0


def test_without_right_and_wrong_only_losses_are_given() -> None:
    net = linear(tensor(2.0), tensor([3.0]))
    net = replace(
        net,
        splits=Splits(
            train=net.splits.train, val=net.splits.train, test=net.splits.val, task=net.splits.task
        ),
    )
    assert vars(values(performance().compute(net))) == {"train_loss": 6.0, "val_loss": 6.0, "n_steps": 0.0}
