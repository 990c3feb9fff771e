"""Lanczos and Hutchinson against matrices whose spectra are known."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from benchmark.cells.data.task import classification
from benchmark.landscape import lanczos as lanczos_module
from benchmark.landscape import spectrum
from benchmark.landscape.eigenpairs import eigenpairs
from benchmark.landscape.lanczos import Krylov, lanczos
from benchmark.landscape.loss import Landscape
from benchmark.landscape.spectrum import extremes, trace
from tests.landscape.test_lanczos import start, symmetric
from tests.mutants import Mutant, red_with
from tests.toys import tensor, trained


@red_with(
    Mutant(Krylov.__dict__["ritz"].func, "+ torch.diag(off, -1)", ""),
    Mutant(lanczos_module._outside, "vector_P - basis_MP.T @ (basis_MP @ vector_P)", "vector_P"),
    Mutant(lanczos, "1e-6 * max(map(abs, [*alphas, *betas]))", "max(map(abs, [*alphas, *betas]))"),
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


@red_with(Mutant(spectrum._residual, "image_P - value * vector_P", "0 * vector_P"))
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


@red_with(
    Mutant(spectrum._wanted, "range(n_smallest)", "range(1, n_smallest + 1)"),
    Mutant(spectrum._pairs, "values_N[:n_largest]", "values_N[:n_largest].flip(0)"),
)
def test_eigenpairs_agree_with_a_dense_solver_at_both_ends() -> None:
    matrix = symmetric(60)
    expected = torch.linalg.eigvalsh(matrix)
    pairs = eigenpairs(lambda v: matrix @ v, start(60), n_largest=5, n_smallest=3, tolerance=1e-9)
    torch.testing.assert_close(pairs.largest, expected.flip(0)[:5], rtol=1e-10, atol=0)
    torch.testing.assert_close(pairs.smallest, expected[:3], rtol=1e-10, atol=0)
    values = torch.cat([pairs.largest, pairs.smallest])
    rest = matrix @ pairs.vectors.T - pairs.vectors.T * values
    torch.testing.assert_close(rest.norm(dim=0), pairs.residuals, rtol=1e-12, atol=1e-14)
    torch.testing.assert_close(pairs.vectors @ pairs.vectors.T, torch.eye(8).double(), rtol=0, atol=1e-12)
    assert bool(pairs.converged.all())


@red_with(Mutant(spectrum._wanted, "range(n_steps - 1, n_steps - 1 - n_largest, -1)", "range(n_largest)"))
def test_the_largest_eigenvalues_are_algebraic_where_power_iteration_finds_the_negative_one() -> None:
    diagonal = tensor(1.0, -5.0, 0.3, 0.1, -0.2)
    vector = start(5)
    for _ in range(200):
        vector = diagonal * vector / vector.norm()
    assert float(vector @ (diagonal * vector) / vector.square().sum()) == pytest.approx(-5, rel=1e-12)
    pairs = eigenpairs(lambda v: diagonal * v, start(5), n_largest=2, n_smallest=1)
    torch.testing.assert_close(pairs.largest, tensor(1.0, 0.3), rtol=1e-10, atol=0)
    torch.testing.assert_close(pairs.smallest, tensor(-5.0), rtol=1e-10, atol=0)


@red_with(
    Mutant(
        lanczos_module._outside,
        "vector_P - basis_MP.T @ (basis_MP @ vector_P)",
        "vector_P - basis_MP[-2:].T @ (basis_MP[-2:] @ vector_P)",  # the recurrence of three terms
    )
)
def test_no_eigenvalue_is_a_ghost_however_many_steps_are_taken() -> None:
    diagonal = torch.cat([tensor(100.0, 50.0, 20.0, 10.0, 5.0), torch.linspace(-1, 1, 295).double()])
    pairs = eigenpairs(
        lambda v: diagonal * v, start(300), n_largest=5, n_smallest=2, tolerance=1e-9, max_steps=200
    )
    torch.testing.assert_close(pairs.largest, diagonal[:5], rtol=1e-10, atol=0)
    torch.testing.assert_close(pairs.smallest, diagonal[5:7], rtol=1e-8, atol=0)


@red_with(
    Mutant(eigenpairs, "known is not None and", "True or"),
    Mutant(eigenpairs, "krylov.n_closed == 0 and", ""),
)
def test_copies_of_an_eigenvalue_are_found_once_a_space_is_exhausted() -> None:
    diagonal = torch.cat([tensor(7.0, 7.0, 5.0, 4.0), torch.full((40,), 3.0).double()])
    pairs = eigenpairs(lambda v: diagonal * v, start(44), n_largest=2)
    torch.testing.assert_close(pairs.largest, diagonal[:2], rtol=0, atol=1e-10)


def test_a_multiple_eigenvalue_counts_once_while_the_space_is_not_exhausted() -> None:
    diagonal = torch.cat([tensor(7.0, 7.0, 5.0), torch.linspace(0, 1, 200).double()])
    pairs = eigenpairs(lambda v: diagonal * v, start(203), n_largest=2)
    torch.testing.assert_close(pairs.largest, tensor(7.0, 5.0), rtol=1e-3, atol=0)


@red_with(Mutant(spectrum._pairs, "residuals_N <=", "0 * residuals_N <="))
def test_what_has_not_converged_is_flagged() -> None:
    matrix = symmetric(200)
    few = eigenpairs(lambda v: matrix @ v, start(200), n_largest=5, max_steps=8)
    assert not bool(few.converged[-1]) and few.n_products == 13
    exact = torch.linalg.eigvalsh(matrix)
    for value, residual in zip(few.largest, few.residuals, strict=True):
        assert float((exact - value).abs().min()) <= float(residual)


@red_with(Mutant(eigenpairs, "n_largest + n_smallest + 2", "n_largest + n_smallest"))
def test_a_search_takes_two_steps_more_than_it_wants_pairs() -> None:
    pairs = eigenpairs(lambda v: symmetric(30) @ v, start(30), n_largest=3, n_smallest=1, tolerance=100.0)
    assert pairs.n_products == 4 + 2 + 4


def test_operators_that_have_fewer_dimensions_than_steps_are_exact() -> None:
    diagonal = tensor(4.0, 1.0, 0.5, -0.2)
    pairs = eigenpairs(lambda v: diagonal * v, start(4), n_largest=3, n_smallest=1, tolerance=0.0)
    torch.testing.assert_close(pairs.largest, diagonal[:3], rtol=0, atol=1e-12)
    torch.testing.assert_close(pairs.smallest, diagonal[3:], rtol=0, atol=1e-12)
    assert bool(pairs.converged.all()) and pairs.n_products == 8


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"n_largest": 0}, "at least one eigenvalue"),
        ({"n_largest": 2, "n_smallest": -1}, "at least one eigenvalue"),
        ({"n_largest": 3, "n_smallest": 2}, "at most 4"),
        ({"n_largest": 3, "max_steps": 2}, "at most 2"),
    ],
)
def test_eigenpairs_say_what_is_wrong(numbers: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        eigenpairs(lambda v: v, start(4), **numbers)  # type: ignore[arg-type]


def perceptron(dtype: torch.dtype, n_epochs: int) -> tuple[nn.Module, Tensor, Tensor]:
    """Return a 20-32-32-5 ReLU network (1,893 weights) and 2,000 examples, after some steps of gradient descent."""
    generator = torch.Generator().manual_seed(0)
    layers = (nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 5))
    module = nn.Sequential(*layers).to(dtype)
    for weight in module.parameters():
        bound = math.sqrt(2 / weight.shape[-1]) if weight.dim() > 1 else 0.0
        nn.init.normal_(weight, std=bound, generator=generator)
    inputs = torch.randn(2000, 20, generator=generator).to(dtype)
    targets = (inputs @ torch.randn(20, 5, generator=generator).to(dtype)).argmax(1)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9)
    for _ in range(n_epochs):
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(inputs), targets).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    module.zero_grad()
    return module, inputs, targets


@pytest.mark.parametrize("n_epochs", [0, 30])
def test_five_eigenvalues_of_a_network_take_at_most_35_products(n_epochs: int) -> None:
    module, inputs, targets = perceptron(torch.float32, n_epochs)
    task = classification(input_shape=(20,), n_outputs=5, kind="vectors")
    landscape = trained(module, inputs, targets, task=task).landscape()
    assert landscape.n_weights == 1893
    start_P = start(1893).float()
    pairs = eigenpairs(landscape.hessian(landscape.theta), start_P, n_largest=5)
    exact = Landscape(module, landscape.examples, task, dtype=torch.float64)
    product = exact.hessian(exact.theta)
    operator = LinearOperator(
        (1893, 1893), matvec=lambda v: product(torch.from_numpy(v)).numpy(), dtype="float64"
    )
    truth = torch.from_numpy(eigsh(operator, k=5, which="LA", tol=1e-8, return_eigenvectors=False)).flip(0)
    torch.testing.assert_close(pairs.largest, truth, rtol=1e-3, atol=0)
    assert pairs.n_products <= 35 and bool(pairs.converged.all())


@red_with(
    Mutant(Landscape._averaged, "built(vector_P) * (len(inputs_B) / n_examples)", "built(vector_P)"),
    Mutant(Landscape._averaged, "product(vector_P) * (size / n_examples)", "product(vector_P)"),
)
def test_eigenvalues_do_not_depend_on_the_split_into_chunks() -> None:
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):  # relative to the value itself
        module, inputs, targets = perceptron(dtype, 30)
        task = classification(input_shape=(20,), n_outputs=5, kind="vectors")
        net = trained(module, inputs, targets, task=task)
        results = []
        for chunk_size in (2000, 300):
            landscape = net.landscape(chunk_size=chunk_size)
            product, start_P = landscape.hessian(landscape.theta), start(1893).to(dtype)
            results.append(eigenpairs(product, start_P, n_largest=5, tolerance=1e-3).largest)
        for split in results[1:]:
            torch.testing.assert_close(split, results[0], rtol=tolerance, atol=0)


@red_with(Mutant(trace, "2 * signs - 1", "signs"))
def test_one_probe_gives_the_exact_trace_of_a_diagonal_matrix() -> None:
    diagonal = tensor(4.0, 1.0, 0.5, -0.2)
    estimate = trace(lambda v: diagonal * v, diagonal, n_probes=1, generator=torch.Generator().manual_seed(3))
    assert estimate.value == pytest.approx(5.3, abs=1e-14)
    assert math.isnan(estimate.standard_error)


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
