"""The largest loss in a box, where it is known."""

from __future__ import annotations

import pytest
import torch

from benchmark import box
from benchmark.box import largest_increase, random_subspace
from tests.mutants import Mutant, red_with
from tests.toys import linear, quadratic, relu_net, tensor


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


@red_with(
    Mutant(largest_increase, "(0 * width_Q, width_Q * _uniform(len(width_Q), generator))", "(0 * width_Q,)")
)
def test_a_quadratic_at_its_minimum_is_highest_in_a_corner() -> None:
    landscape = quadratic(tensor(4.0, 1.0, 0.5, 0.2), torch.zeros(4), constant=3.0).landscape()
    increase = largest_increase(landscape, epsilon=1e-3, n_iterations=10, generator=rng())
    assert increase == pytest.approx(1e-6 / 2 * 5.7, rel=1e-9)


@red_with(
    Mutant(largest_increase, "theta_P, basis_PQ)) + 1", "theta_P, basis_PQ))"),
    Mutant(largest_increase, " - landscape.loss(theta_P)", ""),
)
def test_the_box_grows_with_the_weights() -> None:
    landscape = linear(tensor(1.0, -2.0), tensor([3.0, -4.0])).landscape()
    increase = largest_increase(landscape, epsilon=0.01, n_iterations=10, generator=rng())
    assert increase == pytest.approx(0.01 * (3 * 2 + 4 * 3), rel=1e-12)


@red_with(Mutant(box._coordinates, "torch.mv(basis_PQ.T, vector_P)", "basis_PQ.T @ vector_P.abs()"))
def test_in_a_subspace_the_box_is_around_the_coordinates_of_the_weights() -> None:
    weights, slope = tensor(1.0, -2.0, 0.5), tensor(3.0, -4.0, 1.0)
    basis = torch.linalg.qr(torch.randn(3, 2, generator=rng(), dtype=torch.float64)).Q
    landscape = linear(weights, slope[None]).landscape()
    increase = largest_increase(landscape, epsilon=0.01, n_iterations=10, generator=rng(), basis_PQ=basis)
    width = 0.01 * ((basis.T @ weights).abs() + 1)
    assert increase == pytest.approx(float(((basis.T @ slope).abs() * width).sum()), rel=1e-12)


@red_with(Mutant(random_subspace, "torch.linalg.qr(draw_PQ.to(like_P)).Q", "draw_PQ.to(like_P)"))
def test_a_random_subspace_has_an_orthonormal_basis() -> None:
    basis = random_subspace(torch.zeros(20).double(), 5, rng())
    torch.testing.assert_close(basis.T @ basis, torch.eye(5).double(), rtol=0, atol=1e-12)


def test_more_iterations_and_larger_boxes_never_find_less() -> None:
    landscape = relu_net().landscape()

    def found(epsilon: float, n_iterations: int) -> float:
        return largest_increase(landscape, epsilon=epsilon, n_iterations=n_iterations, generator=rng())

    assert 0 < found(1e-3, 1) <= found(1e-3, 10) < found(1e-2, 10)
