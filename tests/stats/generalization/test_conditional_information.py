"""Conditional mutual information of a measure and the gap against planted tables and a loop over pairs."""

from __future__ import annotations

import math
from collections import Counter
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.generalization import conditional_information
from benchmark.stats.generalization.conditional_information import (
    PairCells,
    explained,
    given_sets,
    information,
    least_information,
)
from benchmark.stats.generalization.hyperparameter_grid import Grid
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled, sign, tied_grids


def brute_force(grid: Grid, names: tuple[str, ...]) -> float:
    """The formula as it is written, over a dictionary of pairs."""
    pairs: Counter[Any] = Counter()
    for a, b in permutations(range(len(grid.gap)), 2):
        u = tuple((grid.settings[name][a], grid.settings[name][b]) for name in names)
        pairs[u, sign(grid.measure[a] - grid.measure[b]), sign(grid.gap[a] - grid.gap[b])] += 1
    n_u: Counter[Any] = Counter()
    n_um: Counter[Any] = Counter()
    n_ug: Counter[Any] = Counter()
    for (u, m, g), n in pairs.items():
        n_u[u] += n
        n_um[u, m] += n
        n_ug[u, g] += n
    total = sum(pairs.values())
    shared = sum(
        n / total * math.log(n * n_u[u] / (n_um[u, m] * n_ug[u, g])) for (u, m, g), n in pairs.items()
    )
    entropy = -sum(n / total * math.log(n / n_u[u]) for (u, _), n in n_ug.items())
    return shared / entropy if entropy > 1e-12 else math.nan


@red_with(
    Mutant(explained, "measure + gap - both", "both - measure - gap"),
    Mutant(explained, "counts_CMG.sum(axis=2)", "counts_CMG.sum(axis=1)"),
)
def test_planted_measures_tell_all_or_nothing_and_direction_does_not_matter() -> None:
    grid = independent(2, 2, 2, 2)
    assert least_information(grid.with_measure(grid.gap)) == pytest.approx(1, abs=1e-12)
    assert least_information(grid.with_measure(-grid.gap)) == pytest.approx(1, abs=1e-12)
    assert least_information(grid.with_measure(np.ones(16))) == 0


@red_with(Mutant(information, "grid.cells(given)", "grid.cells(())"))
def test_a_measure_of_one_hyperparameter_tells_nothing_given_that() -> None:
    grid = independent(2, 2, 2, 2)
    width = np.asarray(grid.settings["h0"], dtype=float)
    followed = Grid(measure=width, gap=width + grid.gap, settings=grid.settings)
    assert information(followed, ()) > 0.2
    for given_set in given_sets(followed):
        if "h0" in given_set:
            assert information(followed, given_set) == 0
    assert least_information(followed) == 0


@settings(deadline=None)
@given(tied_grids(), st.sampled_from([(), ("h0",), ("h2", "h0")]))
def test_it_is_the_formula_over_pairs_with_ties_repeats_and_missing_networks(
    grid: Grid, names: tuple[str, ...]
) -> None:
    assert information(grid, names) == pytest.approx(brute_force(grid, names), abs=1e-12, nan_ok=True)


@red_with(
    Mutant(explained, "both) / gap", "both) / measure"),
    Mutant(least_information, "min(", "max("),
    Mutant(given_sets, "range(MOST_GIVEN + 1)", "range(MOST_GIVEN)"),
)
def test_k_is_the_least_over_no_one_and_two_hyperparameters() -> None:
    noise = independent(2, 2, 3)
    both = np.asarray(noise.settings["h0"]) + 2.0 * np.asarray(noise.settings["h1"])
    grid = Grid(measure=np.round(both + noise.measure), gap=both + noise.gap, settings=noise.settings)
    sets = [(), ("h0",), ("h1",), ("h2",), ("h0", "h1"), ("h0", "h2"), ("h1", "h2")]
    shares = [brute_force(grid, names) for names in sets]
    assert least_information(grid) == pytest.approx(min(shares), abs=1e-12)
    assert min(shares[4:]) < min(shares[:4])  # or the sets of two would not be seen missing


@red_with(Mutant(PairCells.count, "[:, :, ::-1, ::-1]", ""))
def test_pairs_count_in_both_directions() -> None:
    grid = independent(2, 2)
    pairs = PairCells(grid.cells(["h0"]))
    counts = pairs.count(conditional_information.signs(grid.gap), conditional_information.signs(grid.gap))
    assert counts.sum() == 4 * 3
    assert counts[0].tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 1]]  # two networks: one is above, one below


@settings(deadline=None)
@given(tied_grids(), st.integers(0, 9))
def test_neither_the_order_of_the_networks_nor_a_monotone_change_matters(grid: Grid, seed: int) -> None:
    other = shuffled(grid.with_measure(np.exp(grid.measure)), seed)
    assert least_information(other) == pytest.approx(least_information(grid), abs=1e-12, nan_ok=True)


def test_what_the_hyperparameters_order_alone_leaves_nothing_to_explain() -> None:
    grid = independent(2, 2, 2)
    width = np.asarray(grid.settings["h0"], dtype=float)
    ordered = Grid(measure=width, gap=width, settings=grid.settings)
    assert math.isnan(information(ordered, ("h0",)))
    assert math.isnan(information(ordered, ("h0", "h2")))
    assert least_information(ordered) == pytest.approx(1, abs=1e-12)  # of the sets that leave something
    assert math.isnan(least_information(ordered.with_gap(np.zeros(8))))


def test_an_unknown_hyperparameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no hyperparameter 'colour'"):
        information(independent(2, 2), ("h0", "colour"))
