"""The Hessian's trace where it is known."""

from __future__ import annotations

import pytest
from torch import nn

from benchmark.landscape import spectrum
from benchmark.measures.hessian_trace import hessian_trace
from tests.landscape.test_curvature import dense_gauss_newton
from tests.mutants import Mutant, red_with
from tests.toys import classifier, dense_hessian, quadratic, relu_net, tensor


@red_with(Mutant(spectrum._signs, "2 * signs - 1", "signs"))
def test_a_quadratic_has_the_sum_of_its_curvatures_without_error() -> None:
    net = quadratic(tensor(4.0, 1.0, 0.5, -0.2), tensor(1.0, 2.0, 3.0, 4.0))
    (reading,) = hessian_trace(n_probes=3).compute(net).readings
    assert reading.value == pytest.approx(5.3, rel=1e-14)
    assert reading.standard_error == pytest.approx(0, abs=1e-14)
    assert hessian_trace(n_probes=1).compute(net).readings[0].standard_error is None


@red_with(Mutant(hessian_trace, "value=estimate.value", "value=estimate.value / n_probes"))
def test_a_network_agrees_with_its_dense_hessian_within_the_error() -> None:
    net = relu_net()
    (reading,) = hessian_trace(n_probes=400).compute(net).readings
    assert reading.standard_error is not None and reading.standard_error < 0.1 * reading.value
    assert abs(reading.value - float(dense_hessian(net.landscape()).trace())) < 4 * reading.standard_error


@red_with(Mutant(hessian_trace, "landscape.products(matrix,", 'landscape.products("hessian",'))
def test_the_gauss_newton_matrix_has_a_trace_of_its_own() -> None:
    net = classifier(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 3))  # with ReLU, H and G have the same diagonal
    (reading,) = hessian_trace(n_probes=400, matrix="gauss_newton").compute(net).readings
    exact = float(dense_gauss_newton(net.landscape()).trace())
    assert reading.standard_error is not None and reading.standard_error < 0.1 * reading.value
    assert abs(reading.value - exact) < 4 * reading.standard_error
