"""Sign errors against planted tables, a loop over pairs, and the thresholds of the noise weights."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.generalization import sign_errors as module
from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.sign_errors import SignErrors, noise_weights, sign_errors
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled, sign, tied_grids


def weight(difference: float, n_test: int) -> float:
    h = max(0.0, 1 - 2 * math.exp(-2 * n_test * (abs(difference) / 2) ** 2)) ** 2
    return max(0.0, h - 0.5)


def brute_force(grid: Grid, n_test: int | None, least: float) -> dict[tuple[int, ...], tuple[float, str]]:
    """Error and hyperparameter of each environment, from loops over networks."""
    rows = list(zip(*(list(values) for values in grid.settings.values()), strict=True))
    pairs: dict[tuple[int, ...], list[tuple[float, float]]] = {}
    for a, b in product(range(len(rows)), repeat=2):
        if sum(x != y for x, y in zip(rows[a], rows[b], strict=True)) == 1:
            agreement = sign(grid.measure[a] - grid.measure[b]) * sign(grid.gap[a] - grid.gap[b])
            w = 1.0 if n_test is None else weight(grid.gap[a] - grid.gap[b], n_test)
            pairs.setdefault((*rows[a], *rows[b]), []).append((w, (1 - agreement) / 2))
    found = {}
    for key, weighted in pairs.items():
        total, squares = sum(w for w, _ in weighted), sum(w * w for w, _ in weighted)
        if total > 0 and total**2 / squares >= least * (1 - 1e-5):
            half = len(key) // 2
            (varied,) = (name for i, name in enumerate(grid.names) if key[i] != key[half + i])
            found[key] = (sum(w * error for w, error in weighted) / total, varied)
    return found


@red_with(
    Mutant(sign_errors, "(1 - np.sign(mu) * np.sign(gap)) / 2", "(1 + np.sign(mu) * np.sign(gap)) / 2"),
    Mutant(sign_errors, "np.sign(mu) * np.sign(gap)", "np.sign(np.abs(mu)) * np.sign(np.abs(gap))"),
)
def test_planted_measures_have_exactly_0_1_and_a_half() -> None:
    grid = independent(2, 3, 2)
    for measure, error in ((grid.gap, 0.0), (-grid.gap, 1.0), (np.ones(12), 0.5)):
        found = sign_errors(grid.with_measure(measure))
        assert set(found.errors) == {error}
        assert (found.mean, found.percentile, found.robust) == (error, error, error)


@red_with(
    Mutant(module._neighbours, "== 1", ">= 1"),
    Mutant(module._neighbours, "argmax(axis=1)", "argmin(axis=1)"),
)
def test_environments_are_changes_of_one_hyperparameter_there_and_back() -> None:
    found = sign_errors(independent(2, 3, 2, repeats=4))
    n = {name: len(found.of(name).errors) for name in ("h0", "h1", "h2")}
    assert n == {"h0": 2 * 6, "h1": 6 * 4, "h2": 2 * 6}
    assert len(found.errors) == sum(n.values())
    assert set(found.sizes) == {16.0}  # four networks against four


@settings(deadline=None)
@given(tied_grids(), st.sampled_from([None, 2, 10]), st.sampled_from([0.0, 1.5, 2.0]))
def test_they_are_the_loop_over_pairs_with_ties_repeats_and_missing_networks(
    grid: Grid, n_test: int | None, least: float
) -> None:
    found = sign_errors(grid, n_test=n_test, least_size=least)
    expected = list(brute_force(grid, n_test, least).values())
    assert len(found.errors) == len(expected)
    for name in grid.names:
        errors = sorted(error for error, varied in expected if varied == name)
        assert sorted(found.of(name).errors) == pytest.approx(errors, abs=1e-9)


@red_with(
    Mutant(vars(SignErrors)["robust"].fget, ".max()", ".mean()"),
    Mutant(vars(SignErrors)["percentile"].fget, "PERCENTILE", "50"),
    Mutant(vars(SignErrors)["mean"].fget, ".mean()", ".max()"),
    Mutant(SignErrors.of, "self.varied == name", "self.varied != name"),
)
def test_largest_percentile_and_mean_over_environments() -> None:
    found = SignErrors(
        errors=np.array([0.0, 0.1, 0.2, 0.3, 0.9]),
        sizes=np.ones(5),
        varied=np.array(["a", "a", "a", "b", "b"]),
    )
    assert [found.robust, found.percentile, found.mean] == pytest.approx([0.9, 0.66, 0.3])
    assert [found.of("b").robust, found.of("b").mean] == pytest.approx([0.9, 0.6])


def test_one_bad_change_makes_a_measure_fail_robustly_that_is_good_on_average() -> None:
    grid = independent(2, 2, 2, 2)
    gap = np.array([2.0, 4, 8, 16]) @ np.array(list(grid.settings.values())) / 100
    measure = gap.copy()
    first = np.flatnonzero(np.asarray(grid.settings["h1"]) + grid.settings["h2"] + grid.settings["h3"] == 0)
    measure[first] = measure[first][::-1]  # along h0, where all else is 0, the wrong way round
    found = sign_errors(Grid(measure=measure, gap=gap, settings=grid.settings))
    assert found.robust == 1
    assert found.mean == pytest.approx(1 / 32)
    assert [found.of("h0").mean, found.of("h1").robust] == pytest.approx([1 / 8, 0])


@red_with(
    Mutant(noise_weights, "np.abs(difference_P) / 2", "np.abs(difference_P)"),
    Mutant(noise_weights, "** 2)) ** 2", "** 2))"),
    Mutant(noise_weights, "surely - 0.5", "surely"),
)
def test_how_far_gaps_must_be_apart_to_count() -> None:
    for n_test, least in ((10_000, 0.0196), (1_000, 0.062), (360, 0.103)):
        below, above = noise_weights(np.array([0.985 * least, 1.015 * least]), n_test=n_test)
        assert below == 0 < above < 0.03
        assert noise_weights(np.array([1.0]), n_test=n_test) == pytest.approx(0.5)


@red_with(
    Mutant(sign_errors, "noise_weights(gap, n_test=n_test)", "np.ones(len(gap))"),
    Mutant(sign_errors, "weight_P * error_P", "error_P"),
)
def test_a_pair_within_the_noise_does_not_count() -> None:
    wide = np.array([0, 0, 1, 1])
    grid = Grid(measure=1.0 * wide, gap=np.array([0.1, 0.2, 0.195, 0.3]), settings={"width": wide})
    assert sign_errors(grid).errors.tolist() == [
        0.25,
        0.25,
    ]  # one pair of four is in the wrong order, by 0.5 %
    assert sign_errors(grid, n_test=10_000, least_size=0).errors.tolist() == [0, 0]


@red_with(Mutant(sign_errors, "LEAST_SIZE", "0.0"), Mutant(sign_errors, "total_E**2", "total_E"))
def test_environments_of_fewer_than_12_effective_pairs_do_not_count_where_pairs_are_weighted() -> None:
    for repeats, n_environments in ((3, 0), (4, 2)):  # 9 pairs, and 16
        wide = np.repeat([0, 1], repeats)
        grid = Grid(measure=wide * 1.0, gap=0.1 * wide, settings={"width": wide})
        assert len(sign_errors(grid, n_test=10_000).errors) == n_environments
        assert len(sign_errors(grid).errors) == 2
        assert len(sign_errors(grid, least_size=12).errors) == n_environments


def test_exactly_12_pairs_are_enough_whatever_rounding_says() -> None:
    wide = np.array([0, 0, 0, 1, 1, 1, 1])
    for step in np.linspace(0.03, 0.2, 30):
        grid = Grid(measure=wide * 1.0, gap=step * wide, settings={"width": wide})
        assert len(sign_errors(grid, n_test=10_000).errors) == 2


def test_where_no_environment_counts_there_is_no_number() -> None:
    found = sign_errors(independent(2, 2), n_test=100)
    assert len(found.errors) == 0
    assert all(map(math.isnan, (found.robust, found.percentile, found.mean, found.of("h0").mean)))
    diagonal = Grid(measure=np.arange(2.0), gap=np.arange(2.0), settings={"width": [1, 2], "depth": [1, 2]})
    assert math.isnan(sign_errors(diagonal).robust)


@settings(deadline=None)
@given(tied_grids(), st.integers(0, 9))
def test_the_order_of_the_networks_does_not_matter(grid: Grid, seed: int) -> None:
    one, other = sign_errors(grid), sign_errors(shuffled(grid, seed))
    assert sorted(one.errors) == pytest.approx(sorted(other.errors), abs=1e-12)


def test_a_test_set_without_examples_is_refused() -> None:
    with pytest.raises(ValueError, match="n_test is 0; give the size of the test set, or None"):
        sign_errors(independent(2, 2), n_test=0)
