"""The density of eigenvalues as readings, where it is known."""

from __future__ import annotations

import pytest
import torch

from benchmark.measures.spectral_density import spectral_density
from tests.mutants import Mutant, red_with
from tests.toys import dense_hessian, quadratic, relu_net, tensor, values


@red_with(
    Mutant(spectral_density, "nodes < -1e-3 * nodes.max()", "nodes < 0"),
    Mutant(spectral_density, "(weights * nodes).sum(1)", "nodes.mean(1)"),
    Mutant(spectral_density, '"lambda_min": nodes.min()', '"lambda_min": -nodes.max()'),
)
def test_a_quadratic_has_its_curvatures_with_equal_weights() -> None:
    curvatures = tensor(4.0, 1.0, 1.0, 0.5, -0.003, -0.005, -0.2, -0.3)
    result = spectral_density().compute(quadratic(curvatures, torch.ones(8).double()))
    got = values(result)
    assert got.share_negative == pytest.approx(3 / 8, abs=1e-12)  # all but the one above -0.004
    assert got.mean_eigenvalue == pytest.approx(float(curvatures.mean()), abs=1e-12)
    assert (got.lambda_max, got.lambda_min) == (pytest.approx(4, abs=1e-12), pytest.approx(-0.3, abs=1e-12))
    assert got.lambda_max_residual < 1e-6 and got.lambda_min_residual < 1e-6
    assert result.arrays["nodes"].shape == result.arrays["weights"].shape == (4, 8)
    assert result.arrays["weights"].sum(1) == pytest.approx(1, abs=1e-12)


def test_a_network_agrees_with_its_dense_hessian_within_the_errors() -> None:
    net = relu_net()
    exact = torch.linalg.eigvalsh(dense_hessian(net.landscape()))
    readings = {r.quantity: r for r in spectral_density(n_probes=30, n_steps=83).compute(net).readings}
    share = float((exact < -1e-3 * exact[-1]).double().mean())
    for quantity, expected in (("mean_eigenvalue", float(exact.mean())), ("share_negative", share)):
        error = readings[quantity].standard_error
        assert error is not None and error < 0.1
        assert abs(readings[quantity].value - expected) < 4 * error
    assert readings["lambda_min"].value == pytest.approx(float(exact[0]), rel=1e-8)


def test_the_residuals_of_the_ends_are_distances_that_hold() -> None:
    net = relu_net()
    exact = torch.linalg.eigvalsh(dense_hessian(net.landscape()))
    got = values(spectral_density(n_steps=8, n_probes=1).compute(net))
    for end in ("lambda_max", "lambda_min"):
        assert 0 < float((exact - getattr(got, end)).abs().min()) <= getattr(got, f"{end}_residual")


def test_a_gauss_newton_matrix_has_no_negative_share() -> None:
    net = relu_net()
    assert values(spectral_density(n_steps=30).compute(net)).share_negative > 0.05
    assert values(spectral_density(n_steps=30, matrix="gauss_newton").compute(net)).share_negative < 1e-12
