"""Barriers and monotonicity of curves with known answers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from benchmark.landscape import barriers
from benchmark.landscape.barriers import (
    Curve,
    bump_count,
    entezari_barrier,
    frankle_barrier,
    mid_barrier,
    monotonicity_gap,
    plateau_end,
)
from tests.mutants import Mutant, red_with

alpha = np.linspace(0, 1, 31)
alpha[15] = 0.5
every: dict[str, Callable[[Curve], float]] = {
    "frankle": frankle_barrier,
    "entezari": lambda values: entezari_barrier(alpha, values),
    "mid": lambda values: mid_barrier(alpha, values),
}


@red_with(
    Mutant(barriers.frankle_barrier, "float(values_A[-1])) / 2", "float(values_A[-1]))"),
    Mutant(barriers.mid_barrier, "values_A[middle[0]]", "values_A.max()"),
)
def test_a_parabola_has_a_frankle_barrier_of_half_the_difference_of_its_ends_and_no_other() -> None:
    parabola = (alpha - 0.3) ** 2
    assert frankle_barrier(parabola) == pytest.approx(0.2, rel=1e-14)
    assert entezari_barrier(alpha, parabola) == 0
    assert mid_barrier(alpha, parabola) == pytest.approx(0.04 - 0.29, rel=1e-14)


@red_with(Mutant(barriers.entezari_barrier, "values_A - chord_A", "chord_A - values_A"))
def test_a_convex_curve_has_no_entezari_barrier_and_its_mirror_image_has() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        slopes = np.sort(generator.normal(size=30))
        convex = np.concatenate([[0.0], np.cumsum(slopes)]) + 1
        assert entezari_barrier(alpha, convex) == pytest.approx(0, abs=1e-14)
        assert frankle_barrier(convex) == pytest.approx(abs(convex[0] - convex[-1]) / 2, rel=1e-12)
        assert entezari_barrier(alpha, -convex) > 1


@red_with(Mutant(barriers.entezari_barrier, "(1 - alpha_A) * values_A[0]", "values_A[0]"))
def test_a_slope_leaves_the_entezari_and_the_mid_barrier_and_moves_that_of_frankle() -> None:
    bump = np.sin(math.pi * alpha) ** 2
    assert entezari_barrier(alpha, bump + 3 - 2 * alpha) == pytest.approx(1, rel=1e-14)
    assert mid_barrier(alpha, bump + 3 - 2 * alpha) == pytest.approx(1, rel=1e-14)
    assert frankle_barrier(bump + 3 - 2 * alpha) > 1.01


@pytest.mark.parametrize("name", every)
def test_a_bump_between_equal_ends_is_its_own_height(name: str) -> None:
    assert every[name](0.7 + 4 * alpha * (1 - alpha)) == pytest.approx(1, rel=1e-14)


@pytest.mark.parametrize("name", every)
def test_swapping_the_ends_changes_nothing_and_a_flat_curve_has_no_barrier(name: str) -> None:
    curve = np.random.default_rng(1).normal(size=31)
    assert every[name](curve[::-1]) == pytest.approx(every[name](curve), rel=1e-14)
    assert every[name](np.full(31, 0.25)) == 0


def test_an_even_number_of_points_misses_the_middle() -> None:
    thirty = np.linspace(0, 1, 30)
    with pytest.raises(ValueError, match=r"alpha = 0\.5 is not among the 30 points; take an odd number"):
        mid_barrier(thirty, thirty)


def test_a_barrier_needs_the_whole_line() -> None:
    with pytest.raises(ValueError, match=r"alpha runs from 0\.5 to 1\.0"):
        entezari_barrier(np.array([0.5, 1.0]), np.zeros(2))


@pytest.mark.parametrize("name", every)
def test_what_is_not_finite_stays_so(name: str) -> None:
    beyond, undefined, at_end = (np.ones(31) for _ in range(3))
    beyond[15], undefined[15], at_end[0] = np.inf, np.nan, np.inf
    assert every[name](beyond) == math.inf
    assert math.isnan(every[name](undefined))
    assert not math.isfinite(every[name](at_end))


@red_with(
    Mutant(barriers.monotonicity_gap, "np.minimum.accumulate(values_A)[:-1]", "values_A[:-1]"),
    Mutant(
        barriers.monotonicity_gap,
        "np.maximum((values_A[1:] - lowest_before).max(), 0)",
        "(values_A[1:] - lowest_before).max()",
    ),
)
def test_the_gap_is_the_largest_rise_between_any_two_points() -> None:
    assert monotonicity_gap(np.array([3.0, 2.0, 1.0])) == 0
    assert monotonicity_gap(np.array([3.0, 1.0, 1.5, 1.2, 2.2, 0.0])) == pytest.approx(1.2, rel=1e-14)
    generator = np.random.default_rng(0)
    for _ in range(20):
        curve = generator.normal(size=12).cumsum()
        pairs = [curve[j] - curve[i] for j in range(12) for i in range(j)]
        assert monotonicity_gap(curve) == max(0, *pairs)


def test_the_gap_of_a_curve_that_is_not_finite() -> None:
    assert monotonicity_gap(np.array([np.inf, 2.0, 1.0])) == 0
    assert monotonicity_gap(np.array([2.0, np.inf, 1.0])) == math.inf
    assert math.isnan(monotonicity_gap(np.array([2.0, np.nan, 1.0])))


@red_with(
    Mutant(barriers.bump_count, "(signs[:-1] > 0) & (signs[1:] < 0)", "signs[:-1] != signs[1:]"),
    Mutant(barriers.bump_count, "/ np.diff(alpha_A)", ""),
    Mutant(barriers.bump_count, "np.abs(slopes) > least_slope", "slopes != 7"),
)
def test_a_bump_is_a_rise_and_a_fall_with_a_flat_top_or_without() -> None:
    grid = np.linspace(0, 1, 1001)
    assert bump_count(grid, 2 - np.cos(6 * np.pi * grid)) == 3
    assert bump_count(grid, np.cos(6 * np.pi * grid)) == 2  # the first half falls and the last rises
    assert bump_count(grid, 0.0009 * np.sin(grid * 2 * np.pi) / (2 * np.pi)) == 0
    assert bump_count(grid, 0.0011 * np.sin(grid * 2 * np.pi) / (2 * np.pi)) == 1
    assert bump_count(np.arange(4) / 3, np.array([0.0, 1.0, 1.0, 0.0])) == 1
    assert bump_count(grid, grid) == bump_count(grid, -grid) == 0
    assert math.isnan(bump_count(np.arange(3) / 2, np.array([0.0, np.nan, 0.0])))


@red_with(
    Mutant(barriers.plateau_end, "share * float(values_A[0])", "share"),
    Mutant(barriers.plateau_end, "(before - level) / (before - after)", "1"),
)
def test_a_plateau_ends_where_a_tenth_of_the_loss_is_gone() -> None:
    grid = np.linspace(0, 1, 51)
    assert plateau_end(grid, 4 - 3 * grid) == pytest.approx(0.4 / 3, rel=1e-12)
    assert plateau_end(grid, np.where(grid < 0.5, 4.0, 1.0)) == pytest.approx(
        0.48 + 0.02 * 0.4 / 3, rel=1e-12
    )
    assert plateau_end(grid, 4 + grid) == 1
    assert plateau_end(grid, -1 - grid) == 0
    assert math.isnan(plateau_end(grid, np.full(51, np.nan)))
