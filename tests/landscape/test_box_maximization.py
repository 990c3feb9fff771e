"""The largest loss in a box, where it is known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmark.landscape import box_maximization
from benchmark.landscape.box_maximization import (
    Method,
    Vector,
    conditional_gradient,
    largest_increase_in_box,
    random_subspace,
)
from tests.mutants import Mutant, red_with
from tests.toys import Surface, direct_loss, linear, quadratic, relu_net, tensor, trained


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


methods: tuple[Method, ...] = ("l_bfgs_b", "conditional_gradient")


@pytest.mark.parametrize("method", methods)
@red_with(
    Mutant(
        largest_increase_in_box,
        "(0 * width_Q, width_Q * _uniform(len(width_Q), generator))",
        "(0 * width_Q,)",
    ),
)
def test_a_quadratic_at_its_minimum_is_highest_in_a_corner(method: Method) -> None:
    landscape = quadratic(tensor(4.0, 1.0, 0.5, 0.2), torch.zeros(4), constant=3.0).landscape()
    increase = largest_increase_in_box(
        landscape, epsilon=1e-3, n_iterations=10, generator=rng(), method=method
    )
    assert increase == pytest.approx(1e-6 / 2 * 5.7, rel=1e-9)


@pytest.mark.parametrize("method", methods)
@red_with(
    Mutant(largest_increase_in_box, "theta_P, basis_PQ)) + 1", "theta_P, basis_PQ))"),
    Mutant(largest_increase_in_box, " - landscape.loss(theta_P)", ""),
)
def test_the_box_grows_with_the_weights(method: Method) -> None:
    landscape = linear(tensor(1.0, -2.0), tensor([3.0, -4.0])).landscape()
    increase = largest_increase_in_box(
        landscape, epsilon=0.01, n_iterations=10, generator=rng(), method=method
    )
    assert increase == pytest.approx(0.01 * (3 * 2 + 4 * 3), rel=1e-12)


@red_with(
    Mutant(box_maximization._coordinates, "torch.mv(basis_PQ.T, vector_P)", "basis_PQ.T @ vector_P.abs()")
)
def test_in_a_subspace_the_box_is_around_the_coordinates_of_the_weights() -> None:
    weights, slope = tensor(1.0, -2.0, 0.5), tensor(3.0, -4.0, 1.0)
    basis = torch.linalg.qr(torch.randn(3, 2, generator=rng(), dtype=torch.float64)).Q
    landscape = linear(weights, slope[None]).landscape()
    increase = largest_increase_in_box(
        landscape, epsilon=0.01, n_iterations=10, generator=rng(), basis_PQ=basis
    )
    width = 0.01 * ((basis.T @ weights).abs() + 1)
    assert increase == pytest.approx(float(((basis.T @ slope).abs() * width).sum()), rel=1e-12)


@red_with(Mutant(random_subspace, "torch.linalg.qr(draw_PQ.to(like_P)).Q", "draw_PQ.to(like_P)"))
def test_a_random_subspace_has_an_orthonormal_basis() -> None:
    basis = random_subspace(torch.zeros(20).double(), 5, rng())
    torch.testing.assert_close(basis.T @ basis, torch.eye(5).double(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", methods)
def test_more_iterations_and_larger_boxes_never_find_less(method: Method) -> None:
    landscape = relu_net().landscape()

    def found(epsilon: float, n_iterations: int) -> float:
        return largest_increase_in_box(
            landscape, epsilon=epsilon, n_iterations=n_iterations, generator=rng(), method=method
        )

    assert 0 < found(1e-3, 1) <= found(1e-3, 10) < found(1e-2, 10)


@pytest.mark.parametrize("method", methods)
@red_with(Mutant(largest_increase_in_box, "np.isnan(met).any()", "False"))
def test_a_loss_that_is_no_number_makes_the_increase_none(method: Method) -> None:
    """A broken network is not flat: it is NaN wherever its first weight is not 1."""

    def loss(w: torch.Tensor, inputs_B: torch.Tensor) -> torch.Tensor:
        return (w.sum() + torch.sqrt(-(w[0] - 1).abs())).expand(len(inputs_B))

    net = trained(Surface(tensor(1.0, -2.0), loss), torch.zeros(2, 1).double(), task=direct_loss)
    found = largest_increase_in_box(
        net.landscape(), epsilon=0.1, n_iterations=3, generator=rng(), method=method
    )
    assert np.isnan(found)


@red_with(Mutant(conditional_gradient, "if loss > highest:", "if True:"))
def test_the_walk_from_corner_to_corner_keeps_the_highest() -> None:
    top = np.array([0.4, 0.1])

    def slope(z: Vector) -> tuple[float, Vector]:
        return -float(((z - top) ** 2).sum()), -2 * (z - top)

    end = conditional_gradient(slope, np.zeros(2), np.array([1.0, 2.0]), 1)
    np.testing.assert_array_equal(end, np.zeros(2))  # -0.17 there, -3.97 in the corner (1, 2)


@pytest.mark.parametrize("n_iterations", [1, 10])
@red_with(
    Mutant(conditional_gradient, "width_Q * np.sign(gradient_Q)", "gradient_Q"),
    Mutant(conditional_gradient, "gradient_Q == 0, z_Q", "gradient_Q == 0, width_Q"),
)
def test_the_walk_ends_where_a_corner_repeats(n_iterations: int) -> None:
    met = []

    def slope(z: Vector) -> tuple[float, Vector]:
        met.append(z)
        return float(z[0] ** 2 + z[0] - z[1]), np.array([2 * z[0] + 1, -1.0, 0.0])

    end = conditional_gradient(slope, np.array([0.0, -0.5, 0.1]), np.array([1.0, 2.0, 3.0]), n_iterations)
    np.testing.assert_array_equal(end, [1.0, -2.0, 0.1])
    assert len(met) == 2
