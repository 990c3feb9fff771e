"""The robust line against planted lines, a fine grid of lines and another solver."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, NonlinearConstraint, minimize

from benchmark.stats.generalization import robust_fit as module
from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.robust_fit import RobustFit, robust_fit
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled

SHARED = ["all", "all but one", "one"]


def environments(grid: Grid, shared: str, name: str | None) -> list[np.ndarray]:
    """The networks of each environment, in words."""
    names = [name] if name is not None else list(grid.names)
    ways = {"all": [list(grid.names)], "all but one": [[n for n in grid.names if n != one] for one in names]}
    ways["one"] = [[one] for one in names]
    found = []
    for way in ways[shared]:
        keys = list(zip(*(list(grid.settings[n]) for n in way), strict=True))
        found += [np.array([i for i, key in enumerate(keys) if key == one]) for one in dict.fromkeys(keys)]
    return found


def worst(grid: Grid, line: tuple[float, float], shared: str, name: str | None = None) -> float:
    z = (grid.measure - grid.measure.mean()) / grid.measure.std()
    error = (grid.gap - line[0] * z - line[1]) ** 2
    return max(float(error[members].mean()) for members in environments(grid, shared, name))


def by_another_solver(grid: Grid, shared: str, name: str | None) -> float:
    """The same minimum with the largest error as a variable of its own: min t, error_e(w, b) <= t, w >= 0."""
    z = (grid.measure - grid.measure.mean()) / grid.measure.std()
    members = environments(grid, shared, name)

    def left(x: np.ndarray) -> list[float]:
        error = 100 * (grid.gap - x[0] * z - x[1]) ** 2
        return [float(x[2] - error[m].mean()) for m in members]

    def largest(x: np.ndarray) -> float:
        return float(x[2])

    found = minimize(
        largest,
        np.array([0.0, 0.0, 100 * (grid.gap**2).max()]),
        bounds=Bounds(np.array([0, -np.inf, 0]), np.full(3, np.inf)),
        constraints=NonlinearConstraint(left, 0, np.inf),
        method="SLSQP",
        tol=1e-12,
    )
    return worst(grid, (float(found.x[0]), float(found.x[1])), shared, name)


def related(seed: int, slope: float = 1.0) -> Grid:
    grid = independent(2, 3, 2, seed=seed, repeats=2)
    return grid.with_measure(slope * grid.gap + 0.05 * grid.measure)


@red_with(
    Mutant(module._standardized, " / scaled_N.std()", ""),
    Mutant(module._standardized, "scaled_N - scaled_N.mean()", "scaled_N"),
    Mutant(module._Moments.errors, "- 2 * weight * self.zg_E", "- weight * self.zg_E"),
)
def test_a_gap_that_is_a_line_in_the_measure_is_fitted_without_error() -> None:
    grid = independent(2, 3, 2)
    fit = robust_fit(grid.with_gap(0.02 * grid.measure + 0.3))
    assert fit.weight == pytest.approx(0.02 * grid.measure.std(), rel=1e-6)
    assert fit.bias == pytest.approx(0.3 + 0.02 * grid.measure.mean(), rel=1e-6)
    assert fit.worst == pytest.approx(0, abs=1e-12)
    assert fit.gained == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("shared", SHARED)
@pytest.mark.parametrize("seed", range(4))
def test_no_other_line_is_better_for_the_worst_environment(shared: Any, seed: int) -> None:
    grid = related(seed)
    fit = robust_fit(grid, shared=shared)
    assert fit.worst == pytest.approx(worst(grid, (fit.weight, fit.bias), shared), rel=1e-9)
    assert fit.worst == pytest.approx(by_another_solver(grid, shared, None), rel=1e-5)
    for w in fit.weight + np.linspace(-fit.weight, 0.05, 21):
        for b in fit.bias + np.linspace(-0.02, 0.02, 21):
            assert worst(grid, (float(w), float(b)), shared) >= fit.worst * (1 - 1e-7)


@pytest.mark.parametrize("shared", ["all but one", "one"])
def test_of_one_hyperparameter_only_its_own_environments_count(shared: Any) -> None:
    grid = related(5)
    fits = [robust_fit(grid, shared=shared, name=name) for name in grid.names]
    for fit, name in zip(fits, grid.names, strict=True):
        assert fit.worst == pytest.approx(by_another_solver(grid, shared, name), rel=1e-5)
    assert robust_fit(grid, shared=shared).worst >= max(fit.worst for fit in fits) * (1 - 1e-7)


@red_with(
    Mutant(module._best_weight, "min(0.0, float(found.x), key=moments.worst)", "float(found.x)"),
    Mutant(robust_fit, "moments.worst(0.0)", "moments.worst(0.1)"),
)
def test_a_measure_that_runs_backwards_has_weight_0_and_gains_nothing() -> None:
    fit = robust_fit(related(1, slope=-3.0))
    assert fit.weight == 0
    assert fit.worst == fit.worst_of_bias
    assert fit.gained == 0


@red_with(
    Mutant(
        module._Moments.bias,
        "(middle, high) if own_E[worst] > middle",
        "(middle, high) if own_E[worst] < middle",
    )
)
def test_without_the_measure_the_best_line_lies_midway_between_the_extreme_gaps() -> None:
    grid = independent(2, 2).with_gap(np.array([0.1, 0.2, 0.5, 0.15]))
    fit = robust_fit(grid.with_measure(np.ones(4)))
    assert [fit.weight, fit.bias] == pytest.approx([0, 0.3])
    assert fit.worst == fit.worst_of_bias == pytest.approx(0.2**2)


def test_where_nothing_varies_there_is_nothing_to_fit() -> None:
    grid = independent(2, 2, 3)
    fit = robust_fit(grid.with_gap(np.full(12, 0.1)))
    assert (fit.weight, fit.gained) == (0, 0)
    assert fit.bias == pytest.approx(0.1)
    assert robust_fit(grid.with_measure(np.full(12, 0.1))).weight == 0


@red_with(Mutant(module._standardized, " / np.abs(measure_N).max()", ""))
def test_measures_as_large_as_products_of_norms_are_fitted_all_the_same() -> None:
    grid = related(3)
    with np.errstate(over="ignore", invalid="ignore"):
        fit = robust_fit(grid.with_measure(1e200 * grid.measure))
    assert fit.worst == pytest.approx(robust_fit(grid).worst, rel=1e-7)


def test_the_unit_of_the_measure_does_not_matter_nor_the_order_of_the_networks() -> None:
    grid = related(2)
    fit, other = robust_fit(grid), robust_fit(shuffled(grid.with_measure(1e6 * grid.measure - 3), 1))
    assert other.weight == pytest.approx(fit.weight, rel=1e-6)
    assert other.worst == pytest.approx(fit.worst, rel=1e-7)


@red_with(Mutant(vars(RobustFit)["gained"].fget, "self.worst / self.worst_of_bias if", "self.worst if"))
def test_what_is_gained_is_a_share() -> None:
    assert RobustFit(weight=1.0, bias=0.0, worst=0.01, worst_of_bias=0.04).gained == pytest.approx(0.75)
    assert RobustFit(weight=0.0, bias=0.0, worst=0.0, worst_of_bias=0.0).gained == 0


def test_a_name_says_nothing_where_all_are_shared_and_an_unknown_one_is_refused() -> None:
    with pytest.raises(ValueError, match="name is 'h0', but all hyperparameters are shared; leave it out"):
        robust_fit(related(0), name="h0")
    for shared in ("one", "all but one"):
        with pytest.raises(ValueError, match="no hyperparameter 'colour'"):
            robust_fit(related(0), shared=shared, name="colour")
