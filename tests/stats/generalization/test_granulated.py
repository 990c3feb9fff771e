"""Granulated Kendall against planted tables and a loop over slices."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.generalization import granulated
from benchmark.stats.generalization.granulated import granulated_kendall, psi
from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.kendall import tau_a
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled, sign, tied_grids
from tests.stats.generalization.grids import settings as all_settings


def brute_force(grid: Grid, name: str) -> float:
    """The mean over slices of the mean over pairs in it, by loops over networks."""
    n = len(grid.gap)

    def rest(i: int) -> tuple[int, ...]:
        return tuple(grid.settings[other][i] for other in grid.names if other != name)

    slices: dict[tuple[int, ...], list[int]] = {}
    for i, j in product(range(n), range(n)):
        if rest(i) == rest(j) and grid.settings[name][i] != grid.settings[name][j]:
            slices.setdefault(rest(i), []).append(
                sign(grid.measure[i] - grid.measure[j]) * sign(grid.gap[i] - grid.gap[j])
            )
    return float(np.mean([np.mean(signs) for signs in slices.values()])) if slices else math.nan


@red_with(
    Mutant(granulated._tau, "np.sign(np.subtract.outer(mu, mu)) * ", ""),
    Mutant(psi, "grid.cells(grid.others(name)), ", "grid.cells([name]), "),
)
def test_planted_measures_have_exactly_1_minus_1_and_0() -> None:
    grid = independent(2, 3, 2)
    for name in grid.names:
        assert psi(grid.with_measure(grid.gap), name) == 1
        assert psi(grid.with_measure(-grid.gap), name) == -1
        assert psi(grid.with_measure(np.zeros(12)), name) == 0
    assert granulated_kendall(grid.with_measure(grid.gap)) == 1
    assert granulated_kendall(grid.with_measure(-grid.gap)) == -1


@red_with(Mutant(granulated_kendall, "np.mean", "np.max"))
def test_a_measure_of_one_hyperparameter_tells_nothing_along_the_others() -> None:
    grid = independent(3, 2, 2)
    width = np.asarray(grid.settings["h0"], dtype=float)
    followed = Grid(measure=width, gap=width + 0.1 * grid.gap, settings=grid.settings)
    assert [psi(followed, name) for name in grid.names] == [1, 0, 0]
    assert granulated_kendall(followed) == pytest.approx(1 / 3)


def test_one_hyperparameter_has_one_slice_whose_tau_it_is() -> None:
    grid = independent(7)
    assert psi(grid, "h0") == pytest.approx(tau_a(grid), abs=1e-12) == granulated_kendall(grid)


def test_every_slice_weighs_the_same_however_many_networks_it_has() -> None:
    grid = Grid(
        measure=np.array([1.0, 2, 3, 5, 4]),
        gap=np.array([0.1, 0.2, 0.3, 0.4, 0.5]),
        settings={"width": [1, 2, 3, 1, 2], "depth": [1, 1, 1, 2, 2]},
    )
    assert psi(grid, "width") == 0  # 1 in the slice of three, -1 in that of two


@settings(deadline=None)
@given(tied_grids())
def test_it_is_the_loop_over_slices_with_ties_repeats_and_missing_networks(grid: Grid) -> None:
    for name in grid.names:
        assert psi(grid, name) == pytest.approx(brute_force(grid, name), abs=1e-12, nan_ok=True)


@settings(deadline=None)
@given(tied_grids(), st.integers(0, 9))
def test_the_order_of_the_networks_does_not_matter(grid: Grid, seed: int) -> None:
    same = granulated_kendall(shuffled(grid, seed))
    assert same == pytest.approx(granulated_kendall(grid), abs=1e-12, nan_ok=True)


def test_without_a_pair_that_differs_in_one_alone_there_is_no_number() -> None:
    diagonal = Grid(measure=np.arange(2.0), gap=np.arange(2.0), settings={"width": [1, 2], "depth": [1, 2]})
    assert math.isnan(psi(diagonal, "width"))
    assert math.isnan(granulated_kendall(diagonal))


def test_an_unknown_hyperparameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no hyperparameter 'colour'"):
        psi(independent(2, 2), "colour")


def test_planted_tables_of_a_published_shape_are_fast_enough_to_hold() -> None:
    """Seven hyperparameters of three settings each, 2,187 networks: the gap follows all but the last."""
    taken = all_settings(*[3] * 7)
    gap = sum(3.0**i * values for i, values in enumerate(list(taken.values())[:-1]))
    grid = Grid(measure=np.asarray(gap), gap=np.asarray(gap), settings=taken)
    assert [psi(grid, name) for name in grid.names] == [1] * 6 + [0]
