"""Both ends of the Hessian's spectrum where they are known."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.measures import hessian_extremes as extremes_module
from benchmark.measures.hessian_extremes import hessian_extremes
from tests.mutants import Mutant, red_with
from tests.toys import Surface, dense_hessian, direct_loss, quadratic, relu_net, tensor, trained, values


@red_with(
    Mutant(hessian_extremes, "ends.largest * squared_norm", "ends.largest * squared_norm**0.5"),
    Mutant(hessian_extremes, '"lambda_min": ends.smallest', '"lambda_min": -ends.largest'),
)
def test_a_quadratic_has_its_curvatures_at_both_ends() -> None:
    curvatures = tensor([4.0, 1.0], [0.5, -0.2])

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * curvatures * w.square()).sum().expand(len(inputs_B))

    net = trained(Surface(tensor([1.0, 2.0], [2.0, 4.0]), loss), torch.zeros(2, 1).double(), task=direct_loss)
    got = values(hessian_extremes(tolerance=0.0).compute(net))
    assert (got.lambda_max, got.lambda_min) == (pytest.approx(4, abs=1e-12), pytest.approx(-0.2, abs=1e-12))
    assert got.lambda_max_residual < 1e-7
    assert got.lambda_max_times_squared_weight_norm == pytest.approx(4 * 25, rel=1e-12)


def test_weights_without_filters_have_no_squared_norm() -> None:
    got = values(hessian_extremes().compute(quadratic(tensor(4.0, 1.0), tensor(1.0, 1.0))))
    assert got.lambda_max_times_squared_weight_norm == 0


def test_a_network_agrees_with_its_dense_hessian() -> None:
    net = relu_net()
    spectrum = torch.linalg.eigvalsh(dense_hessian(net.landscape()))
    got = values(hessian_extremes(n_steps=83, tolerance=1e-10).compute(net))
    assert got.lambda_max == pytest.approx(float(spectrum[-1]), rel=1e-10)
    assert got.lambda_min == pytest.approx(float(spectrum[0]), rel=1e-10)


@red_with(Mutant(hessian_extremes, '"lambda_max": ends.largest', '"lambda_max": ends.smallest'))
def test_two_linear_scalars_can_be_made_arbitrarily_sharp() -> None:
    # Dinh et al. 2017: the same function 0.5 (w1 w2 - 1)^2 = 0 at (a, 1/a), with eigenvalues 0 and a^2 + a^-2
    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * (w[0] * w[1] - 1).square()).expand(len(inputs_B))

    for a, expected in ((1.0, 2.0), (2.0, 4.25), (10.0, 100.01)):
        net = trained(Surface(tensor(a, 1 / a), loss), torch.zeros(2, 1).double(), task=direct_loss)
        got = values(hessian_extremes(tolerance=0.0).compute(net))
        assert (got.lambda_max, got.lambda_min) == (
            pytest.approx(expected, rel=1e-12),
            pytest.approx(0, abs=1e-9),
        )
        scale = net.landscape().theta.abs()
        adaptive = torch.linalg.eigvalsh(scale[:, None] * dense_hessian(net.landscape()) * scale)
        torch.testing.assert_close(adaptive, tensor(0.0, 2.0), rtol=0, atol=1e-12)


@red_with(Mutant(extremes_module._note_unconverged, "residual >", "0 * residual >"))
def test_an_end_that_has_not_converged_is_said() -> None:
    net = relu_net()
    hessian_extremes(n_steps=83).compute(net)
    assert net.notes == []
    hessian_extremes(n_steps=3).compute(net)
    assert [note.partition(":")[0] for note in net.notes] == [
        "lambda_max has not converged",
        "lambda_min has not converged",
    ]
