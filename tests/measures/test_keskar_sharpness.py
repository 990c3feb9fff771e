"""Keskar's sharpness where the maximum is known."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from benchmark.measures.keskar_sharpness import keskar_sharpness
from tests.mutants import Mutant, red_with
from tests.toys import linear, quadratic, relu_net, tensor


@red_with(
    Mutant(keskar_sharpness, "/ (1 + landscape.loss(landscape.theta))", ""),
    Mutant(keskar_sharpness, "100 * increase", "increase"),
)
def test_a_quadratic_at_its_minimum_has_the_corner_value() -> None:
    net = quadratic(tensor(4.0, 1.0, 0.5, 0.2), torch.zeros(4), constant=3.0)
    (reading,) = keskar_sharpness().compute(net).readings
    assert reading.value == pytest.approx(7.125e-5, rel=1e-9)
    assert reading.standard_error is None


@red_with(
    Mutant(keskar_sharpness, "sharpness(random_subspace(landscape.theta, p, generator))", "sharpness(None)")
)
def test_on_a_line_the_box_is_an_interval() -> None:
    weights, slope = tensor(1.0, -2.0, 0.5), tensor(3.0, -4.0, 1.0)
    net = linear(weights, slope[None])
    (reading,) = keskar_sharpness(space="subspace", p=1, n_draws=1, epsilon=0.01).compute(net).readings
    line = torch.randn(3, generator=net.rng("keskar_sharpness"), dtype=torch.float64)
    line = line / line.norm()
    increase = float((line @ slope).abs()) * 0.01 * (float((line @ weights).abs()) + 1)
    assert reading.value == pytest.approx(100 * increase / (1 + float(weights @ slope)), rel=1e-9)


def test_subspaces_are_averaged_and_find_less_than_the_full_space() -> None:
    net = relu_net()
    (part,) = keskar_sharpness(space="subspace", p=5).compute(net).readings
    (full,) = keskar_sharpness().compute(net).readings
    assert part.standard_error is not None and 0 < part.standard_error < part.value < full.value


@red_with(Mutant(keskar_sharpness, "method=method", "method='l_bfgs_b'"))
def test_corners_are_higher_than_where_l_bfgs_b_ends() -> None:
    net = relu_net()
    (searched,) = keskar_sharpness(n_iterations=3, epsilon=0.01).compute(net).readings
    (corner,) = (
        keskar_sharpness(n_iterations=3, epsilon=0.01, method="conditional_gradient").compute(net).readings
    )
    assert searched.value < corner.value == pytest.approx(searched.value, rel=0.01)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"space": "half"}, "choose 'full' or 'subspace'"),
        ({"space": "subspace"}, "network has 83 weights"),
        ({"epsilon": -1.0}, "epsilon is -1.0; give a number > 0"),
        ({"epsilon": float("nan")}, "epsilon is nan; give a number > 0"),
        ({"epsilon": "a"}, "epsilon is 'a'; give a number > 0"),
        ({"n_iterations": 0}, "n_iterations is 0; give an integer >= 1"),
        ({"n_draws": 2.5}, "n_draws is 2.5; give an integer >= 1"),
        ({"space": "subspace", "p": 2.5}, "p is 2.5; give an integer >= 1"),
        ({"method": "lbfgs"}, "choose 'l_bfgs_b' or 'conditional_gradient'"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        keskar_sharpness(**options).compute(relu_net())
