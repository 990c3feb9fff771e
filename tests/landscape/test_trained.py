"""What a measure is given, also for a network that was trained elsewhere."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from benchmark.cells.data.task import PerExample
from benchmark.landscape.trained import Trained, tabulated
from benchmark.measures.sam_sharpness import sam_sharpness


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Dropout(0.5), nn.Linear(6, 3)
    ).double()


def examples(n: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(n, 4, generator=generator, dtype=torch.float64)
    return inputs, torch.randint(0, 3, (n,), generator=generator)


def test_network_of_ones_own_is_left_as_it_is() -> None:
    module = network().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    own = Trained.of(module, *examples())
    sam_sharpness().compute(own)
    own.landscape(batch_norm="recalibrated").loss(own.landscape().theta)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert module.training and all(weight.grad is None for weight in module.parameters())


def test_loss_of_ones_own_network_is_its_cross_entropy_in_evaluation_mode() -> None:
    module, (inputs, targets) = network(), examples()
    own = Trained.of(module, inputs, targets, test=examples(7))
    expected = nn.functional.cross_entropy(module.eval()(inputs), targets)
    assert own.landscape().loss(own.landscape().theta) == pytest.approx(expected.item(), abs=1e-14)
    assert len(own.splits.test) == 7 and own.splits.task.n_outputs == 3


def test_loss_of_ones_own_is_taken() -> None:
    inputs, _ = examples()
    own = Trained.of(
        nn.Linear(4, 1).double(), inputs, inputs.sum(1), loss=lambda f, y: (f[:, 0] - y).square()
    )
    loss, error = own.landscape().loss_and_error(torch.tensor([1.0, 1, 1, 1, 3], dtype=torch.float64))
    assert loss == pytest.approx(9) and math.isnan(error)


def as_mean(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return nn.functional.mse_loss(outputs, targets)


def as_matrix(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return nn.functional.mse_loss(outputs, targets, reduction="none")


@pytest.mark.parametrize(("loss", "shape"), [(as_mean, r"\(\)"), (as_matrix, r"\(2, 3\)")])
def test_loss_that_is_no_number_per_example_is_refused(loss: PerExample, shape: str) -> None:
    inputs, _ = examples()
    with pytest.raises(ValueError, match=rf"loss returns shape {shape} for 2 examples; return one number"):
        Trained.of(nn.Linear(4, 3).double(), inputs, inputs[:, :3], loss=loss)


def test_error_of_ones_own_is_taken_and_checked_as_the_loss_is() -> None:
    inputs, targets = examples()
    own = Trained.of(network(), inputs, targets, error=lambda f, y: torch.ones_like(f[:, 0]))
    assert own.landscape().loss_and_error(own.landscape().theta)[1] == 1
    with pytest.raises(ValueError, match=r"error returns shape \(\)"):
        Trained.of(network(), inputs, targets, error=lambda f, y: (f.argmax(1) != y).double().mean())


def test_targets_that_are_no_classes_ask_for_a_loss() -> None:
    inputs, _ = examples()
    with pytest.raises(ValueError, match=r"float64.*give loss="):
        Trained.of(nn.Linear(4, 1).double(), inputs, inputs.sum(1))


def test_classes_that_the_network_does_not_have_are_named() -> None:
    inputs, targets = examples()
    with pytest.raises(ValueError, match="classes from 0 to 5, but the network has 3 outputs"):
        Trained.of(network(), inputs, targets * 5 // 2)


def test_random_numbers_follow_the_seed_and_the_family() -> None:
    def draw(seed: int, family: str) -> float:
        own = Trained.of(network(), *examples(), seed=seed)
        return float(torch.rand(1, generator=own.rng(family)))

    assert draw(0, "a") == draw(0, "a")
    assert len({draw(0, "a"), draw(1, "a"), draw(0, "b")}) == 3


def test_table_keeps_what_is_not_finite() -> None:
    rows = tabulated([1.0, math.inf, math.nan], lambda x: (x, -x))
    assert rows.shape == (3, 2) and rows[1, 1] == -math.inf and math.isnan(rows[2, 0])
