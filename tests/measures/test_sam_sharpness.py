"""SAM's sharpness where the maximum is known."""

from __future__ import annotations

import pytest

from benchmark.measures.sam_sharpness import sam_sharpness
from tests.mutants import Mutant, red_with
from tests.toys import linear, quadratic, relu_net, tensor, values


@red_with(Mutant(sam_sharpness, '1 if method == "one_step" else n_steps', "2"))
def test_ascent_from_a_minimum_gives_half_rho_squared_lambda_max() -> None:
    net = quadratic(tensor(4.0, 1.0, 0.5, -0.2), tensor(0.0, 0.0, 0.0, 0.0), constant=3.0)
    assert values(sam_sharpness().compute(net)).value == pytest.approx(0.05**2 / 2 * 4, abs=1e-6)


@red_with(Mutant(sam_sharpness, "rho=rho", "rho=rho**2"))
def test_on_a_linear_loss_sharpness_is_rho_times_the_gradients_norm() -> None:
    net = linear(tensor(1.0, 2.0), tensor([1.0, 0.0], [5.0, 8.0]))
    for method in ("one_step", "ascent"):
        assert values(sam_sharpness(method=method, rho=0.1).compute(net)).value == pytest.approx(
            0.5, rel=1e-12
        )


def test_small_balls_obey_the_expansion_in_rho() -> None:
    # max over the ball = rho ||g|| + rho^2/2 g'Hg/||g||^2 + O(rho^3)
    net = quadratic(tensor(4.0, 1.0), tensor(1.0, 1.0))
    rho, squared = 1e-4, 17.0
    expected = rho * squared**0.5 + rho**2 / 2 * (4**3 + 1) / squared
    assert values(sam_sharpness(rho=rho).compute(net)).value == pytest.approx(expected, rel=1e-7)


def test_ascent_finds_at_least_what_one_step_finds() -> None:
    net = relu_net()
    one_step = values(sam_sharpness(method="one_step").compute(net)).value
    assert 0 < one_step <= values(sam_sharpness().compute(net)).value


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="choose 'one_step' or 'ascent'"):
        sam_sharpness(method="newton").compute(relu_net())
