"""Barriers between two networks."""

from __future__ import annotations

import copy
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.landscape.lines import Line
from benchmark.landscape.trained import Trained, tabulated
from benchmark.measures import barrier as module
from benchmark.measures.barrier import barrier
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, classifier, quadratic, relu_net, tensor, values


def pair(seed: int = 0) -> tuple[Trained, Trained]:
    """Return two networks on the same examples."""
    first, second = relu_net(seed), relu_net(seed + 1)
    return first, replace(second, splits=first.splits)


def heights(first: Trained, second: Trained, **options: Any) -> SimpleNamespace:
    return values(barrier(**options).compute(first, second))


@red_with(
    Mutant(barrier, ".norm()", ".abs().sum()"),
    Mutant(module._barriers, "frankle_barrier(values_A)", "entezari_barrier(alpha_A, values_A)"),
)
def test_the_barriers_of_a_quadratic_are_those_of_a_parabola() -> None:
    # L = 0.5 * 2 * (w_1 - 0.3)^2 between w_1 = 0 and w_1 = 1: f(a) = (a - 0.3)^2
    curvatures, minimum = tensor(2.0, 0.0), tensor(0.3, 0.0)
    first = quadratic(curvatures, tensor(0.0, 1.0), minimum=minimum)
    second = quadratic(curvatures, tensor(1.0, 4.0), minimum=minimum)
    got = heights(first, second)
    assert got.frankle_train_loss == pytest.approx(0.2, rel=1e-13)
    assert got.entezari_train_loss == 0
    assert got.mid_train_loss == pytest.approx(0.04 - 0.29, rel=1e-13)
    assert got.end_distance == pytest.approx(10**0.5, rel=1e-14)
    assert not hasattr(got, "frankle_train_error"), "the loss is all there is"


def test_a_linear_model_has_no_entezari_barrier() -> None:
    first, second = classifier(nn.Linear(4, 3)), classifier(nn.Linear(4, 3), seed=1)
    got = heights(first, replace(second, splits=first.splits))
    assert got.entezari_train_loss == got.entezari_test_loss == 0
    assert got.frankle_train_loss > 0.01


@red_with(Mutant(Line._rows, "in pair[:n_kinds]", "in pair[::-1]"))
def test_curves_are_the_landscapes_own_on_both_splits() -> None:
    first, second = pair()
    every = first.splits.train
    splits = replace(first.splits, train=every.take(slice(0, 20)), test=every.take(slice(20, None)))
    first, second = replace(first, splits=splits), replace(second, splits=splits)
    arrays = barrier(n_points=5).compute(first, second).arrays
    assert list(arrays) == ["alpha", "train_loss", "train_error", "test_loss", "test_error"]
    assert arrays["alpha"].tolist() == [0, 0.25, 0.5, 0.75, 1]
    ends = first.landscape().theta, second.landscape().theta
    for row, alpha in enumerate(arrays["alpha"]):
        theta = (1 - alpha) * ends[0] + alpha * ends[1]
        train, test = first.landscape("train"), first.landscape("test")
        expected = (*train.loss_and_error(theta), *test.loss_and_error(theta))
        got = tuple(curve[row] for name, curve in arrays.items() if name != "alpha")
        assert got == pytest.approx(expected, rel=1e-13)


def test_identical_networks_have_no_barrier() -> None:
    net = batch_norm_net()
    for name, height in vars(heights(net, net)).items():
        assert height == pytest.approx(0, abs=1e-14), name


def test_swapping_the_networks_changes_nothing() -> None:
    first, second = pair()
    there, back = vars(heights(first, second)), vars(heights(second, first))
    assert len(there) == 13
    assert there == pytest.approx(back, rel=1e-12, abs=1e-14)


def test_permuted_hidden_units_leave_the_ends_equal_and_raise_a_barrier_between_them() -> None:
    toy = relu_net()
    learned = replace(toy.splits.train, targets=toy.module(toy.splits.train.inputs).argmax(dim=1))
    net = replace(toy, splits=replace(toy.splits, train=learned))
    module = copy.deepcopy(net.module)
    first, last = module.get_submodule("0"), module.get_submodule("2")
    order = torch.tensor([3, 5, 0, 1, 2, 4])
    with torch.no_grad():
        for weight in first.parameters():
            weight.copy_(weight[order])
        last.get_parameter("weight").copy_(last.get_parameter("weight")[:, order])
    result = barrier().compute(net, replace(net, module=module))
    loss = result.arrays["train_loss"]
    assert loss[0] == pytest.approx(loss[-1], rel=1e-13)
    got = values(result)
    assert got.frankle_train_loss == pytest.approx(got.entezari_train_loss, rel=1e-10)
    assert got.entezari_train_loss > 0.01


def test_an_even_number_of_points_has_no_mid_barrier_and_says_so() -> None:
    first, second = pair()
    got = vars(heights(first, second, n_points=30))
    assert sorted({name.partition("_")[0] for name in got}) == ["end", "entezari", "frankle"]
    assert first.notes == ["30 points miss the middle of the line: no mid barrier"]


@red_with(
    Mutant(
        Line.buffers,
        'self.landscapes["train"].recalibrated_buffers(theta_P)',
        'self.landscapes["train"].buffers',
    )
)
def test_statistics_are_recalibrated_unless_told_otherwise() -> None:
    first, second = batch_norm_net(), batch_norm_net(seed=1)
    second = replace(second, splits=first.splits)
    landscape = second.landscape(batch_norm="recalibrated")
    got = barrier(n_points=3).compute(first, second).arrays["train_loss"]
    assert got[-1] == pytest.approx(landscape.loss(landscape.theta), rel=1e-13)
    frozen = barrier(n_points=3, batch_norm="frozen").compute(first, second).arrays["train_loss"]
    assert frozen[0] == first.landscape().loss(first.landscape().theta) != got[0]


def test_points_come_from_the_table_that_a_run_keeps() -> None:
    first, second = pair()
    seen: list[int] = []

    def tabulate(points: Any, compute: Any, *, together: int | None = None) -> Any:
        seen.append(len(points))
        return tabulated(points, compute, together=together)

    heights(replace(first, tabulate=tabulate), second, n_points=7)
    assert seen == [7]


def test_without_a_test_split_there_are_the_barriers_of_the_training_split() -> None:
    first, second = pair()
    empty = replace(first.splits, test=first.splits.test.take(slice(0, 0)))
    got = heights(replace(first, splits=empty), replace(second, splits=empty), n_points=3)
    assert not any("test" in name for name in vars(got)) and len(vars(got)) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_norm": "anchor"}, "choose frozen, interpolated, recalibrated or batch"),
        ({"n_points": 1}, "needs at least 2"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        heights(*pair(), **options)
