"""Average-case sharpness on quadratics, where mean and spread are known."""

from __future__ import annotations

import pytest

from benchmark.measures.average_direction_sharpness import average_direction_sharpness
from benchmark.measures.samples import averaged
from tests.mutants import Mutant, red_with
from tests.toys import quadratic, tensor

curvatures, minimum = tensor(4.0, 1.0, 0.5, -0.2), tensor(1.0, -2.0, 0.0, 3.0)


@red_with(
    Mutant(average_direction_sharpness, "rho * scale_P", "rho**2 * scale_P"),
    Mutant(average_direction_sharpness, " - centre", ""),
    Mutant(averaged, "statistics.fmean(draws)", "sum(draws)"),
    Mutant(averaged, "math.sqrt(len(draws))", "1"),
)
def test_the_mean_is_half_rho_squared_times_the_trace() -> None:
    net, rho, n = quadratic(curvatures, minimum, minimum=minimum, constant=3.0), 0.2, 2000
    (reading,) = average_direction_sharpness(rho=rho, n_draws=n).compute(net).readings
    error = (rho**4 / 2 * float(curvatures.square().sum()) / n) ** 0.5
    assert reading.standard_error == pytest.approx(error, rel=0.1)
    assert abs(reading.value - rho**2 / 2 * float(curvatures.sum())) < 4 * error


@red_with(Mutant(average_direction_sharpness, "theta_P.abs() if adaptive", "1.0 if adaptive"))
def test_adaptive_noise_weighs_the_curvatures_by_squared_weights() -> None:
    net, rho, n = quadratic(curvatures, minimum, minimum=minimum), 0.2, 2000
    (reading,) = average_direction_sharpness(rho=rho, n_draws=n, adaptive=True).compute(net).readings
    scaled = curvatures * minimum.square()
    error = (rho**4 / 2 * float(scaled.square().sum()) / n) ** 0.5
    assert reading.standard_error == pytest.approx(error, rel=0.1)
    assert abs(reading.value - rho**2 / 2 * float(scaled.sum())) < 4 * error


def test_every_rho_sees_the_same_draws() -> None:
    net = quadratic(curvatures, minimum, minimum=minimum)
    small, large = (
        average_direction_sharpness(rho=rho, n_draws=3).compute(net).readings[0] for rho in (0.1, 0.2)
    )
    assert large.value == pytest.approx(4 * small.value, rel=1e-12)
