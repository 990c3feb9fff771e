"""Loss surfaces: closed forms, the layout of the grid, and what is read from it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from benchmark.landscape import grid
from benchmark.landscape.slices import random_slice
from benchmark.landscape.trained import Trained, tabulated
from benchmark.measures import loss_surface as module
from benchmark.measures import samples
from benchmark.measures.loss_surface import _by_quantity, loss_surface
from benchmark.measures.measure import Result
from tests.mutants import Mutant, red_with
from tests.toys import Surface, batch_norm_net, direct_loss, quadratic, relu_net, tensor, trained, values

unscaled = {"normalize": "none", "biases": "kept"}


def on(loss: Callable[[Tensor], Tensor], *weights: float) -> Trained:
    """Return weights on a loss that is the same for two examples."""
    toy = Surface(tensor(*weights), lambda w, inputs_B: loss(w).expand(len(inputs_B)))
    return trained(toy, torch.zeros(2, 1).double(), task=direct_loss)


def errors(result: Result) -> dict[str, float | None]:
    return {reading.quantity: reading.standard_error for reading in result.readings}


@red_with(
    Mutant(
        _by_quantity,
        "-1), -1, 0)",
        "-1), -1, 0).swapaxes(2, 3)",
    ),
)
def test_an_asymmetric_surface_lies_as_its_axes_say() -> None:
    net = on(lambda w: (w[0] + 3 * w[1].square()).exp(), 0.1, 0.2)
    result = loss_surface(n_points=5, **unscaled).compute(net)
    d, e = (axis.numpy() for axis in random_slice(
        net.landscape(), net.rng("loss_surface"), normalize="none", biases="kept"
    ).axes)  # fmt: skip
    alpha, beta, loss = (result.arrays[name] for name in ("alpha", "beta", "train_loss"))
    for i, a in enumerate(alpha):
        for j, b in enumerate(beta):
            w = np.array([0.1, 0.2]) + a * d + b * e
            assert loss[0, i, j] == pytest.approx(np.exp(w[0] + 3 * w[1] ** 2), rel=1e-13)
    assert not np.allclose(loss[0], loss[0].T)


def test_a_convex_quadratic_has_no_negative_curvature_and_a_saddle_has_it_everywhere() -> None:
    bowl = quadratic(tensor(3.0, 1.0), tensor(0.5, 0.5), constant=1.0)
    saddle = quadratic(tensor(3.0, -1.0), tensor(0.5, 0.5), constant=20.0)
    flat, bent = (values(loss_surface(n_points=9, **unscaled).compute(net)) for net in (bowl, saddle))
    assert (flat.negative_fraction, bent.negative_fraction) == (0, 1)
    assert flat.center_loss == pytest.approx(1.5)
    assert flat.convex_up_to > flat.center_loss


def test_numbers_are_read_from_the_arrays() -> None:
    net = relu_net()
    result = loss_surface(n_points=7, half_width=0.6, level=1.3).compute(net)
    alpha, beta, loss = (result.arrays[name] for name in ("alpha", "beta", "train_loss"))
    landscape = net.landscape()
    assert vars(values(result)) == {
        "center_loss": landscape.loss(landscape.theta),
        "log10_max": grid.log10_max(loss[0]),
        "log10_median": grid.log10_median(loss[0]),
        "negative_fraction": grid.negative_fraction(alpha, beta, loss[0]),
        "contour_area": grid.contour_area(alpha, beta, loss[0], level=1.3),
        "convex_up_to": grid.convex_up_to(loss[0]),
        "share_not_finite": 0.0,
    }
    assert loss[0, 3, 3] == landscape.loss(landscape.theta)
    assert {reading.quantity: reading.unit for reading in result.readings}["convex_up_to"] == "nats"
    assert set(errors(result).values()) == {None}


@red_with(
    Mutant(samples.deviation, "statistics.stdev", "statistics.pstdev"),
    Mutant(samples.summarized, "len(draws[name]) > 1", "False"),
)
def test_several_planes_give_a_mean_an_error_and_a_spread() -> None:
    result = loss_surface(n_points=5, n_planes=4).compute(relu_net())
    heights = [grid.log10_max(loss) for loss in result.arrays["train_loss"]]
    got = vars(values(result))
    assert got["log10_max"] == pytest.approx(np.mean(heights))
    assert got.get("log10_max_spread") == pytest.approx(np.std(heights, ddof=1))
    assert errors(result)["log10_max"] == pytest.approx(np.std(heights, ddof=1) / 2)
    assert "negative_fraction_spread" in got and "log10_median_spread" not in got
    assert errors(result)["center_loss"] == 0
    one = loss_surface(n_points=5).compute(relu_net())
    np.testing.assert_array_equal(one.arrays["train_loss"][0], result.arrays["train_loss"][0])
    assert "log10_max_spread" not in vars(values(one))


@red_with(Mutant(module._notes, "if share:", "if False:"))
def test_a_region_that_is_not_finite_is_kept_and_told() -> None:
    net = on(lambda w: torch.where(w[0] > 0.3, torch.inf, 1 + w.square().sum()), 0.0, 0.0)
    result = loss_surface(n_points=9, **unscaled).compute(net)
    loss, got = result.arrays["train_loss"], values(result)
    assert 0 < got.share_not_finite == np.isinf(loss).mean() < 0.5
    assert math.isfinite(got.log10_max) and math.isfinite(got.log10_median)
    assert any("losses are not finite" in note for note in net.notes)
    undefined = on(lambda w: (w[0] - 0.1).sqrt() + 2, 0.0)
    kept = loss_surface(n_points=5, **unscaled).compute(undefined)
    assert np.isnan(kept.arrays["train_loss"]).any() and math.isnan(values(kept).center_loss)


def test_planes_with_values_that_are_not_finite_still_have_a_mean() -> None:
    net = on(lambda w: torch.where(w[0] > -1, torch.inf, w[0]), 0.0, 0.0)
    result = loss_surface(n_points=5, n_planes=3, **unscaled).compute(net)
    assert values(result).log10_median == math.inf
    assert math.isnan(values(result).log10_max_spread)


def test_a_contour_that_reaches_the_border_is_noted() -> None:
    net = quadratic(tensor(1.0, 1.0), tensor(0.0, 0.0))
    loss_surface(n_points=5, half_width=0.01, **unscaled).compute(net)
    assert any("reaches the border of 1 of 1 grids" in note for note in net.notes)


def test_train_and_test_are_told_apart() -> None:
    net = batch_norm_net()
    apart = replace(net, splits=replace(net.splits, test=net.splits.train.take(slice(0, 9))))
    arrays = loss_surface(n_points=3, with_test=True).compute(apart).arrays
    assert list(arrays) == ["alpha", "beta", "train_loss", "train_error", "test_loss", "test_error"]
    landscape = apart.landscape("test")
    expected = landscape.loss_and_error(landscape.theta)
    assert (arrays["test_loss"][0, 1, 1], arrays["test_error"][0, 1, 1]) == pytest.approx(expected, rel=1e-12)
    assert list(loss_surface(n_points=3).compute(apart).arrays) == [
        "alpha",
        "beta",
        "train_loss",
        "train_error",
    ]


def test_a_task_without_an_error_has_none() -> None:
    arrays = loss_surface(n_points=3, **unscaled).compute(quadratic(tensor(1.0), tensor(1.0))).arrays
    assert np.isnan(arrays["train_error"]).all()


def test_the_eigenvectors_of_a_quadratic_are_its_axes() -> None:
    net = quadratic(tensor(1.0, 5.0, 3.0), tensor(2.0, 0.0, 0.0))
    result = loss_surface(plane="eigenvectors", n_points=5, normalize="none", biases="kept").compute(net)
    alpha, beta = result.arrays["alpha"], result.arrays["beta"]
    expected = 2 + (5 * alpha[:, None] ** 2 + 3 * beta[None, :] ** 2) / 2
    np.testing.assert_allclose(result.arrays["train_loss"][0], expected, rtol=1e-9)
    np.testing.assert_allclose(result.arrays["eigenvalues"], [5, 3], rtol=1e-9)


def test_a_trajectory_lies_on_its_surface() -> None:
    net = quadratic(tensor(1.0, 5.0), tensor(0.0, 0.0), constant=1.0)
    states = {k: {"weights": tensor(*place)} for k, place in enumerate([(3.0, 1.0), (2.0, -1.0), (1.0, 0.2)])}
    history = [{"step": float(step)} for step in range(4)]
    net = replace(net, initial=states[0], checkpoint=states.__getitem__, history=history)
    result = loss_surface(plane="trajectory", n_points=5, biases="kept").compute(net)
    alpha, beta, path = (result.arrays[name] for name in ("alpha", "beta", "path"))
    assert path.shape == (4, 2) and result.arrays["path_steps"].tolist() == [0, 1, 2, 3]
    assert alpha[0] < path[:, 0].min() and alpha[-1] > path[:, 0].max()
    assert beta[0] < path[:, 1].min() and beta[-1] > path[:, 1].max()
    assert values(result).center_loss == 1
    assert result.arrays["explained"].sum() == pytest.approx(1)


def test_the_grid_is_tabulated_plane_by_plane() -> None:
    tables: list[Sequence[Any]] = []

    def noted(points: Sequence[Any], compute: Callable[[Any], Any], *, together: int | None = None) -> Any:
        tables.append(points)
        return tabulated(points, compute, together=together)

    net = relu_net()
    result = loss_surface(n_points=3, n_planes=2).compute(replace(net, tabulate=noted))
    assert [len(points) for points in tables] == [9, 9]
    assert tables[0][5] == (0.0, 1.0)
    again = loss_surface(n_points=3, n_planes=2).compute(net)
    np.testing.assert_array_equal(again.arrays["train_loss"], result.arrays["train_loss"])


def test_a_surface_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="n_points is 24; give an odd number"):
        loss_surface(n_points=24).compute(relu_net())
    with pytest.raises(ValueError, match="choose one of filter, layer, none"):
        loss_surface(normalize="weight").compute(relu_net())
