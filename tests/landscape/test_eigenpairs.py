"""Eigenpairs against matrices whose spectra are known, one operator at a time and several."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from benchmark.cells.data.task import classification
from benchmark.landscape import eigenpairs as eigenpairs_module
from benchmark.landscape import lanczos as lanczos_module
from benchmark.landscape.chunks import InChunks
from benchmark.landscape.eigenpairs import Eigenpairs, eigenpairs, eigenpairs_of_many, side_by_side
from benchmark.landscape.lanczos import NotFiniteError, Product
from benchmark.landscape.loss import Landscape
from tests.landscape.test_lanczos import start, symmetric
from tests.mutants import Mutant, red_with
from tests.toys import tensor, trained


@red_with(
    Mutant(eigenpairs_module._wanted, "range(n_smallest)", "range(1, n_smallest + 1)"),
    Mutant(eigenpairs_module._pairs, "values_N[:n_largest]", "values_N[:n_largest].flip(0)"),
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


@red_with(
    Mutant(eigenpairs_module._wanted, "range(n_steps - 1, n_steps - 1 - n_largest, -1)", "range(n_largest)")
)
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
    Mutant(eigenpairs_module._search, "known is not None and", "True or"),
    Mutant(eigenpairs_module._search, "krylov.n_closed == 0 and", ""),
)
def test_copies_of_an_eigenvalue_are_found_once_a_space_is_exhausted() -> None:
    diagonal = torch.cat([tensor(7.0, 7.0, 5.0, 4.0), torch.full((40,), 3.0).double()])
    pairs = eigenpairs(lambda v: diagonal * v, start(44), n_largest=2)
    torch.testing.assert_close(pairs.largest, diagonal[:2], rtol=0, atol=1e-10)


def test_a_multiple_eigenvalue_counts_once_while_the_space_is_not_exhausted() -> None:
    diagonal = torch.cat([tensor(7.0, 7.0, 5.0), torch.linspace(0, 1, 200).double()])
    pairs = eigenpairs(lambda v: diagonal * v, start(203), n_largest=2)
    torch.testing.assert_close(pairs.largest, tensor(7.0, 5.0), rtol=1e-3, atol=0)


@red_with(Mutant(eigenpairs_module._pairs, "residuals_N <=", "0 * residuals_N <="))
def test_what_has_not_converged_is_flagged() -> None:
    matrix = symmetric(200)
    few = eigenpairs(lambda v: matrix @ v, start(200), n_largest=5, max_steps=8)
    assert not bool(few.converged[-1]) and few.n_products == 13
    exact = torch.linalg.eigvalsh(matrix)
    for value, residual in zip(few.largest, few.residuals, strict=True):
        assert float((exact - value).abs().min()) <= float(residual)


@red_with(Mutant(eigenpairs_module._search, "n_largest + n_smallest + 2", "n_largest + n_smallest"))
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
    Mutant(InChunks._averaged, "built(vector_P) * (len(inputs_B) / n_examples)", "built(vector_P)"),
    Mutant(InChunks._averaged, "product(vector_P) * (size / n_examples)", "product(vector_P)"),
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


def some_operators() -> list[Tensor]:
    """Return operators whose searches end after 2, 20 and about 10 steps, and one that is not finite."""
    spread = torch.cat([tensor(100.0, 50.0), torch.linspace(-1, 1, 18).double()])
    return [
        torch.eye(20).double(),
        symmetric(20),
        torch.full((20, 20), math.nan).double(),
        torch.diag(spread),
    ]


def together(matrices: list[Tensor], calls: list[int]) -> Product:
    def products(vectors_LP: Tensor) -> Tensor:
        calls.append(int((vectors_LP != 0).any(1).sum()))
        return torch.stack([matrix @ v_P for matrix, v_P in zip(matrices, vectors_LP, strict=True)])

    return products


def assert_same(found: object, expected: Eigenpairs) -> None:
    assert isinstance(found, Eigenpairs) and found.n_products == expected.n_products
    for name in ("largest", "smallest", "vectors", "residuals", "converged"):
        assert torch.equal(getattr(found, name), getattr(expected, name)), name


@red_with(
    Mutant(side_by_side, "images_LP[place]", "images_LP[0]"),
    Mutant(side_by_side, "wanted.get(place, zero_P)", "wanted.get(place, zero_P + 1)"),
    Mutant(eigenpairs_module._search, "residual((yield vector_P), vector_P", "residual(vector_P, vector_P"),
)
def test_several_operators_have_the_pairs_of_each_alone_and_one_that_is_not_finite_its_error() -> None:
    matrices, calls = some_operators(), list[int]()
    options = {"n_largest": 2, "n_smallest": 1, "allowed": torch.arange(20) < 18}
    found = eigenpairs_of_many(together(matrices, calls), start(20), 4, tolerance=1e-6, **options)  # type: ignore[arg-type]
    assert isinstance(found[2], NotFiniteError) and "not finite" in str(found[2])
    n_products = []
    for place in (0, 1, 3):
        matrix = matrices[place]
        expected = eigenpairs(lambda v, m=matrix: m @ v, start(20), tolerance=1e-6, **options)  # type: ignore[misc,arg-type]
        assert_same(found[place], expected)
        n_products.append(expected.n_products)
    assert len(set(n_products)) > 1 and len(calls) == max(n_products), "they end one after the other"
    assert sum(calls) == sum(n_products) + 1, (
        "nothing is asked of those that have ended but the product with 0"
    )


def test_options_of_several_operators_are_checked() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        eigenpairs_of_many(lambda v: v, start(4), 2, n_largest=5)
