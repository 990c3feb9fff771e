"""The largest loss in a ball, where it is known."""

from __future__ import annotations

import pytest
import torch

from benchmark.landscape import ascent
from benchmark.landscape.ascent import largest_increase_in_ball
from tests.mutants import Mutant, red_with
from tests.toys import linear, quadratic, relu_net, tensor


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@red_with(
    Mutant(ascent._projected, "shift_P * (rho / norm)", "shift_P"),
    Mutant(largest_increase_in_ball, "highest - landscape.loss(theta_P)", "highest"),
)
def test_ascent_finds_the_stiffest_direction_from_a_minimum() -> None:
    landscape = quadratic(tensor(4.0, 1.0, 0.5, -0.2), tensor(0.0, 0.0, 0.0, 0.0), constant=3.0).landscape()
    increase = largest_increase_in_ball(landscape, rho=0.05, n_steps=20, generator=rng())
    assert increase == pytest.approx(0.05**2 / 2 * 4, abs=1e-6)


@red_with(Mutant(largest_increase_in_ball, "torch.linalg.vector_norm(slope_P)", "slope_P.abs().sum()"))
def test_one_step_on_a_linear_loss_is_exact() -> None:
    landscape = linear(tensor(1.0, 2.0), tensor([3.0, 4.0])).landscape()
    assert largest_increase_in_ball(landscape, rho=0.1, n_steps=1, generator=rng()) == pytest.approx(
        0.1 * 5, rel=1e-12
    )


@red_with(Mutant(largest_increase_in_ball, "scale_P * gradient_P", "gradient_P"))
def test_a_scale_makes_the_ball_an_ellipsoid() -> None:
    landscape = linear(tensor(1.0, 2.0), tensor([3.0, 4.0])).landscape()
    increase = largest_increase_in_ball(
        landscape, rho=0.1, n_steps=1, generator=rng(), scale_P=tensor(2.0, 0.5)
    )
    assert increase == pytest.approx(0.1 * (6**2 + 2**2) ** 0.5, rel=1e-12)


@red_with(Mutant(largest_increase_in_ball, "max(highest, loss if step else highest)", "highest"))
def test_the_best_point_of_the_ascent_counts() -> None:
    # from w = -0.5 uphill over the top of -w^2/2 at 0: steps of length 0.9 overshoot to +0.4 and come back to -0.5
    landscape = quadratic(tensor(-1.0), tensor(-0.5)).landscape()
    increases = [largest_increase_in_ball(landscape, rho=0.9, n_steps=n, generator=rng()) for n in (1, 2, 3)]
    assert increases == pytest.approx([0.125 - 0.08] * 3, rel=1e-12)


def test_more_steps_never_find_less() -> None:
    landscape = relu_net().landscape()
    found = [largest_increase_in_ball(landscape, rho=0.3, n_steps=n, generator=rng()) for n in (1, 2, 5, 20)]
    assert found == sorted(found) and found[0] > 0


def test_one_step_refuses_a_zero_gradient() -> None:
    landscape = quadratic(tensor(1.0), tensor(0.0)).landscape()
    with pytest.raises(ValueError, match="ask for n_steps > 1"):
        largest_increase_in_ball(landscape, rho=0.1, n_steps=1, generator=rng())


@pytest.mark.parametrize(("rho", "n_steps"), [(0.0, 1), (-1.0, 1), (0.1, 0)])
def test_radius_and_steps_are_checked(rho: float, n_steps: int) -> None:
    with pytest.raises(ValueError, match="give rho > 0 and n_steps >= 1"):
        largest_increase_in_ball(relu_net().landscape(), rho=rho, n_steps=n_steps, generator=rng())
