"""The eigenvalue ratio over a plane, where it is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from benchmark.landscape.slices import random_slice
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import weight_mask
from benchmark.measures import eigenvalue_ratio_map as module
from benchmark.measures.eigenvalue_ratio_map import eigenvalue_ratio_map
from benchmark.measures.measure import Result
from tests.mutants import Mutant, red_with
from tests.toys import Surface, direct_loss, relu_net, tensor, trained, values


def quadratic_matrix(curvatures: Tensor) -> Trained:
    """Return a 2 x 2 weight matrix on 0.5 sum_ij c_ij w_ij^2."""

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * curvatures * w.square()).sum().expand(len(inputs_B))

    return trained(
        Surface(tensor([1.0, 2.0], [2.0, 4.0]), loss), torch.zeros(2, 1).double(), task=direct_loss
    )


def ratios(result: Result) -> dict[tuple[float, float], float]:
    return {
        (reading.index["alpha"], reading.index["beta"]): reading.value
        for reading in result.readings
        if reading.quantity == "ratio"
    }


@red_with(
    Mutant(module._ratios, "rows[:, 1] / rows[:, 0]", "rows[:, 0] / rows[:, 1]"),
    Mutant(module._ratios, "np.abs(rows[:, 1] / rows[:, 0])", "rows[:, 1] / rows[:, 0]"),
)
def test_a_quadratic_has_the_same_ratio_everywhere() -> None:
    result = eigenvalue_ratio_map().compute(quadratic_matrix(tensor([4.0, 1.0], [0.5, -0.2])))
    assert list(ratios(result)) == [(0, 0), (0.2, 0), (-0.2, 0), (0, 0.2), (0, -0.2)]
    assert list(ratios(result).values()) == pytest.approx([0.05] * 5, abs=1e-12)
    got = values(result)
    assert [got.ratio_center, got.ratio_around, got.ratio_max] == pytest.approx([0.05] * 3, abs=1e-12)
    assert got.ratio_residual < 1e-7 and result.arrays == {}


def brute_force(net: Trained, alpha: float, beta: float) -> float:
    landscape = net.landscape()
    plane, mask = random_slice(landscape, net.rng("loss_surface"), 2), weight_mask(landscape.like)
    product = landscape.hessian(plane.at(alpha, beta))
    dense = torch.stack([product(row) for row in torch.eye(landscape.n_weights).double()])
    spectrum = torch.linalg.eigvalsh(dense[mask][:, mask])
    return abs(float(spectrum[0] / spectrum[-1]))


@red_with(
    Mutant(module._ends, "allowed=weight_mask(landscape.like)", "allowed=None"),
    Mutant(module._ends, '"hessian", theta_LP', '"hessian", landscape.theta.expand_as(theta_LP)'),
    Mutant(eigenvalue_ratio_map, 'trained.rng("loss_surface")', 'trained.rng("eigenvalue_ratio_map")'),
)
def test_a_network_agrees_with_dense_hessians_over_its_filter_weights() -> None:
    net = relu_net()
    result = eigenvalue_ratio_map(half_width=0.5, n_steps=83, tolerance=1e-8).compute(net)
    for (alpha, beta), ratio in ratios(result).items():
        assert ratio == pytest.approx(brute_force(net, alpha, beta), rel=1e-7)
    assert values(result).ratio_center == ratios(result)[0, 0]
    others = [ratio for place, ratio in ratios(result).items() if place != (0, 0)]
    assert values(result).ratio_around == pytest.approx(np.mean(others), rel=1e-12)
    assert values(result).ratio_max == max(ratios(result).values())


@red_with(
    Mutant(
        module._places,
        "[(alpha, beta) for alpha in axis for beta in axis]",
        "[(beta, alpha) for alpha in axis for beta in axis]",
    )
)
def test_a_grid_has_alpha_along_its_first_axis() -> None:
    net = relu_net()
    result = eigenvalue_ratio_map(
        points="grid", n_points=3, half_width=0.5, n_steps=83, tolerance=1e-8
    ).compute(net)
    arrays = result.arrays
    assert arrays["alpha"].tolist() == arrays["beta"].tolist() == [-0.5, 0, 0.5]
    assert (
        arrays["ratio"][2, 1] == ratios(result)[0.5, 0] == pytest.approx(brute_force(net, 0.5, 0), rel=1e-7)
    )
    assert arrays["ratio"] == pytest.approx(np.abs(arrays["lambda_min"] / arrays["lambda_max"]), rel=1e-15)
    cross = eigenvalue_ratio_map(half_width=0.5, n_steps=83, tolerance=1e-8).compute(net)
    assert ratios(cross)[0, -0.5] == arrays["ratio"][1, 0]


def test_a_longer_cross_is_evenly_spaced() -> None:
    result = eigenvalue_ratio_map(n_points=9, half_width=1.0).compute(
        quadratic_matrix(tensor([4.0, 1.0], [0.5, -0.2]))
    )
    assert sorted(alpha for alpha, beta in ratios(result) if beta == 0) == [-1, -0.5, 0, 0.5, 1]
    assert sorted(beta for alpha, beta in ratios(result) if alpha == 0) == [-1, -0.5, 0, 0.5, 1]


def test_a_linear_model_is_convex_everywhere() -> None:
    net = relu_net()
    task = net.splits.task
    line = trained(nn.Linear(4, 3).double(), net.splits.train.inputs, net.splits.train.targets, task=task)
    got = values(eigenvalue_ratio_map(n_steps=12, tolerance=1e-10).compute(line))
    assert got.ratio_max < 1e-12  # the outputs' mean may move freely: an eigenvalue 0


@red_with(Mutant(eigenvalue_ratio_map, "rows[:, 3] == 0", "rows[:, 3] == 1"))
def test_ends_that_have_not_converged_are_said() -> None:
    net = relu_net()
    eigenvalue_ratio_map(n_steps=3).compute(net)
    assert net.notes == ["at 5 of 5 points an eigenvalue has not converged; see ratio_residual"]


@red_with(Mutant(module._row, "return math.nan, math.nan, math.nan, 1.0", "raise AssertionError"))
def test_where_the_hessian_is_not_finite_there_is_no_ratio() -> None:
    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * w.square() + (w - 0.9).sqrt()).sum().expand(len(inputs_B))

    net = trained(Surface(tensor([1.0, 1.0], [1.0, 1.0]), loss), torch.zeros(2, 1).double(), task=direct_loss)
    found = ratios(eigenvalue_ratio_map(half_width=2.0).compute(net))
    assert math.isfinite(found[0, 0])
    assert any(math.isnan(ratio) for ratio in found.values())


def test_every_point_is_tabulated_so_that_a_killed_run_goes_on() -> None:
    net = relu_net()
    seen: list[Any] = []

    def tabulate(points: Any, compute: Any, *, together: int | None = None) -> Any:
        seen.extend(points)
        return net.tabulate(points, compute, together=together)

    eigenvalue_ratio_map().compute(replace(net, tabulate=tabulate))
    assert len(seen) == 5


@pytest.mark.parametrize("options", [{"points": "disc"}, {"n_points": 4}, {"points": "grid", "n_points": 4}])
def test_points_without_a_centre_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="choose 'cross' with 5, 9, 13"):
        eigenvalue_ratio_map(**options).compute(relu_net())
