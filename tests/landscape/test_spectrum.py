"""Lanczos and Hutchinson against matrices whose spectra are known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.landscape import lanczos as lanczos_module
from benchmark.landscape import spectrum
from benchmark.landscape.lanczos import Krylov, Process
from benchmark.landscape.spectrum import extremes, trace
from tests.landscape.test_lanczos import start, symmetric
from tests.mutants import Mutant, red_with
from tests.toys import tensor


@red_with(
    Mutant(Krylov.__dict__["ritz"].func, "+ torch.diag(off, -1)", ""),
    Mutant(lanczos_module._outside, "vector_P - basis_MP.T @ (basis_MP @ vector_P)", "vector_P"),
    Mutant(Process.take, "1e-6 * max(map", "max(map"),
)
def test_as_many_steps_as_dimensions_give_the_exact_ends() -> None:
    diagonal = tensor(4.0, 1.0, 0.5, -0.2)
    ends = extremes(lambda v: diagonal * v, start(4), n_steps=4, tolerance=0.0)
    assert ends.largest == pytest.approx(4, abs=1e-12)
    assert ends.smallest == pytest.approx(-0.2, abs=1e-12)
    assert ends.largest_residual < 1e-7 and ends.smallest_residual < 1e-7


@red_with(
    Mutant(extremes, "float(krylov.ritz[0][-1])", "float(krylov.ritz[0].abs().max())"),
)
def test_the_largest_eigenvalue_is_the_largest_algebraic_one() -> None:
    diagonal = tensor(1.0, -5.0, 0.3)
    ends = extremes(lambda v: diagonal * v, start(3), n_steps=3)
    assert [ends.largest, ends.smallest] == pytest.approx([1, -5], abs=1e-12)


def test_lanczos_agrees_with_a_dense_solver_and_returns_the_eigenvector() -> None:
    matrix = symmetric(60)
    expected = torch.linalg.eigvalsh(matrix)
    ends = extremes(lambda v: matrix @ v, start(60), n_steps=60, tolerance=1e-12)
    assert ends.largest == pytest.approx(float(expected[-1]), rel=1e-12)
    assert ends.smallest == pytest.approx(float(expected[0]), rel=1e-12)
    top = ends.largest_vector
    torch.testing.assert_close(matrix @ top, ends.largest * top, rtol=0, atol=1e-6)
    assert float(top.norm()) == pytest.approx(1, abs=1e-12)


@red_with(Mutant(lanczos_module.residual, "image_P - value * vector_P", "0 * vector_P"))
def test_an_eigenvalue_lies_within_the_residual_and_ritz_values_lie_inside_the_spectrum() -> None:
    matrix = symmetric(60)
    spectrum = torch.linalg.eigvalsh(matrix)
    ends = extremes(lambda v: matrix @ v, start(60), n_steps=6)
    assert ends.n_products == 8
    assert float(spectrum[0]) < ends.smallest < ends.largest < float(spectrum[-1])
    assert float((spectrum - ends.largest).abs().min()) <= ends.largest_residual
    assert float((spectrum - ends.smallest).abs().min()) <= ends.smallest_residual


def test_a_mask_restricts_the_operator_to_its_coordinates() -> None:
    matrix, allowed = symmetric(12), torch.arange(12) < 7
    ends = extremes(lambda v: matrix @ v, start(12), n_steps=12, tolerance=0.0, allowed=allowed)
    expected = torch.linalg.eigvalsh(matrix[:7, :7])
    assert ends.largest == pytest.approx(float(expected[-1]), rel=1e-10)
    assert ends.smallest == pytest.approx(float(expected[0]), rel=1e-10)


def test_an_exhausted_krylov_space_ends_the_search() -> None:
    ends = extremes(lambda v: 3 * v, start(50), n_steps=30)
    assert ends.largest == ends.smallest == pytest.approx(3, rel=1e-14)
    assert ends.n_products == 3


def test_a_zero_operator_has_zero_ends() -> None:
    ends = extremes(torch.zeros_like, start(5), n_steps=3)
    assert ends.largest == ends.smallest == ends.largest_residual == 0


@pytest.mark.parametrize(
    ("product", "vector", "n_steps", "message"),
    [
        (lambda v: v, torch.zeros(3), 3, "start vector is zero"),
        (lambda v: v * math.nan, torch.ones(3), 3, "not finite"),
        (lambda v: v, torch.ones(3), 0, "at least one step"),
    ],
)
def test_lanczos_says_what_is_wrong(product: object, vector: Tensor, n_steps: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        extremes(product, vector, n_steps=n_steps)  # type: ignore[arg-type]


@red_with(Mutant(spectrum._signs, "2 * signs - 1", "signs"))
def test_one_probe_gives_the_exact_trace_of_a_diagonal_matrix() -> None:
    diagonal = tensor(4.0, 1.0, 0.5, -0.2)
    estimate = trace(lambda v: diagonal * v, diagonal, n_probes=1, generator=torch.Generator().manual_seed(3))
    assert estimate.value == pytest.approx(5.3, abs=1e-14)
    assert math.isnan(estimate.standard_error)


@red_with(
    Mutant(trace, "[*some, *missing]", "[*missing, *some]"),
    Mutant(trace, "islice(probes, together or 1)", "islice(probes, 1)"),
    Mutant(trace, "float(z_P.double() @", "(together or 1) * float(z_P.double() @"),
)
def test_probes_together_give_what_each_gives_alone() -> None:
    matrix, sizes = symmetric(20), list[int]()

    def products(vectors_LP: Tensor) -> Tensor:
        sizes.append(len(vectors_LP))
        return torch.stack([matrix @ vector_P for vector_P in vectors_LP])

    for n_probes in (2, 4, 7, 8):
        first, second = (torch.Generator().manual_seed(0) for _ in range(2))
        alone = trace(lambda v: matrix @ v, matrix[0], n_probes=n_probes, generator=first)
        assert trace(products, matrix[0], n_probes=n_probes, generator=second, together=4) == alone
    assert sizes == [4] * (1 + 1 + 2 + 2)


@red_with(
    Mutant(trace, "values.std() / math.sqrt(n_probes)", "values.std()"),
    Mutant(trace, "values.mean()", "values.sum()"),
)
def test_hutchinson_converges_with_the_standard_error_it_reports() -> None:
    matrix, n = symmetric(20), 2000
    estimate = trace(lambda v: matrix @ v, matrix[0], n_probes=n, generator=torch.Generator().manual_seed(0))
    off_diagonal = matrix - torch.diag(matrix.diag())
    true_error = math.sqrt(2 * float(off_diagonal.square().sum()) / n)  # Var z'Az = 2 sum_{i != j} A_ij^2
    assert estimate.standard_error == pytest.approx(true_error, rel=0.1)
    assert abs(estimate.value - float(matrix.trace())) < 4 * true_error
