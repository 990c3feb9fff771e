"""Stochastic Lanczos quadrature where the density is known."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from benchmark.landscape import density as density_module
from benchmark.landscape.density import Density, density
from tests.landscape.test_lanczos import symmetric
from tests.mutants import Mutant, red_with
from tests.toys import dense_hessian, relu_net, tensor


def of(matrix: Tensor, *, n_steps: int, n_probes: int = 1) -> Density:
    generator = torch.Generator().manual_seed(0)
    return density(lambda v: matrix @ v, matrix[0], n_steps=n_steps, n_probes=n_probes, generator=generator)


@red_with(Mutant(density_module._row, "vectors_MM[0].square()", "vectors_MM[0].abs()"))
def test_a_diagonal_matrix_has_its_entries_with_equal_weights() -> None:
    spectrum = of(torch.diag(tensor(4.0, 1.0, 0.5, -0.2)), n_steps=10, n_probes=2)
    torch.testing.assert_close(spectrum.nodes, tensor([-0.2, 0.5, 1.0, 4.0]).expand(2, 4), rtol=0, atol=1e-12)
    torch.testing.assert_close(spectrum.weights, torch.full((2, 4), 0.25).double(), rtol=0, atol=1e-12)
    assert float(spectrum.bounds.max()) < 1e-12


@red_with(
    Mutant(density, "2 * signs - 1", "signs"),
    Mutant(density_module._row, "vectors_MM[0]", "vectors_MM[-1]"),
)
def test_moments_up_to_twice_the_nodes_are_those_of_the_probe() -> None:
    matrix, n_steps = symmetric(30) / 10, 5
    spectrum = of(matrix, n_steps=n_steps)
    signs = torch.randint(0, 2, (30,), generator=torch.Generator().manual_seed(0))
    probe = (2 * signs - 1).double()
    for power in range(2 * n_steps):
        moment = float(probe @ torch.linalg.matrix_power(matrix, power) @ probe) / 30
        assert float((spectrum.weights * spectrum.nodes**power).sum()) == pytest.approx(
            moment, rel=1e-11, abs=1e-12
        )
    beyond = float(probe @ torch.linalg.matrix_power(matrix, 2 * n_steps) @ probe) / 30
    assert float((spectrum.weights * spectrum.nodes ** (2 * n_steps)).sum()) < 0.999 * beyond


def test_the_mean_node_converges_to_the_trace_over_the_dimensions() -> None:
    matrix, n_probes = symmetric(20), 1000
    spectrum = of(matrix, n_steps=2, n_probes=n_probes)
    means = (spectrum.weights * spectrum.nodes).sum(1)
    off_diagonal = matrix - torch.diag(matrix.diag())
    true_error = (
        math.sqrt(2 * float(off_diagonal.square().sum()) / n_probes) / 20
    )  # as for Hutchinson's estimate
    assert float(means.std() / math.sqrt(n_probes)) == pytest.approx(true_error, rel=0.1)
    assert abs(float(means.mean()) - float(matrix.trace()) / 20) < 4 * true_error


def test_the_density_of_a_network_agrees_with_its_dense_spectrum() -> None:
    matrix = dense_hessian(relu_net().landscape())
    spectrum, exact = of(matrix, n_steps=83, n_probes=100), torch.linalg.eigvalsh(matrix)
    assert float(spectrum.nodes.max()) == pytest.approx(float(exact[-1]), rel=1e-10)
    assert float(spectrum.nodes.min()) == pytest.approx(float(exact[0]), rel=1e-8)
    for bound in (-0.1, 0.1, 1.0):  # the share of eigenvalues below, from nodes and from the matrix
        below = (spectrum.weights * (spectrum.nodes < bound)).sum(1)
        share = float((exact < bound).double().mean())
        assert abs(float(below.mean()) - share) < 4 * float(below.std()) / math.sqrt(100)


@red_with(Mutant(density, "if krylov.exhausted", "if False"))
def test_an_exhausted_space_leaves_the_other_nodes_without_weight() -> None:
    matrix, products = torch.diag(tensor(3.0, 3.0, 3.0, 1.0)), []

    def product(vector: Tensor) -> Tensor:
        products.append(vector)
        return matrix @ vector

    generator = torch.Generator().manual_seed(0)
    spectrum = density(product, matrix[0], n_steps=4, n_probes=1, generator=generator)
    assert len(products) == 2, "what lies outside the exhausted space has no weight, and costs nothing"
    torch.testing.assert_close(spectrum.nodes, tensor([1.0, 3.0, 3.0, 3.0]), rtol=0, atol=1e-12)
    torch.testing.assert_close(spectrum.weights, tensor([0.25, 0.75, 0.0, 0.0]), rtol=0, atol=1e-12)


def test_a_density_needs_a_probe() -> None:
    with pytest.raises(ValueError, match="n_probes is 0; give at least 1"):
        of(symmetric(3), n_steps=2, n_probes=0)
