"""Kendall's tau of a grid against planted orders, a double loop and scipy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.kendall import sign_agreement, tau_a, tau_b
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled, sign, tied_grids


def brute_force(grid: Grid) -> float:
    n = len(grid.gap)
    total = 0
    for i in range(n):
        for j in range(n):
            total += sign(grid.measure[i] - grid.measure[j]) * sign(grid.gap[i] - grid.gap[j])
    return total / (n * (n - 1))


@red_with(
    Mutant(sign_agreement, "np.sign(np.subtract.outer(y_N, y_N))", "np.sign(np.add.outer(y_N, y_N))"),
    Mutant(sign_agreement, "(n - 1)", "n"),
)
def test_planted_measures_have_exactly_1_minus_1_and_0() -> None:
    grid = independent(2, 3, 4)
    assert tau_a(grid.with_measure(grid.gap)) == 1
    assert tau_a(grid.with_measure(-grid.gap)) == -1
    assert tau_a(grid.with_measure(np.ones(24))) == 0


@red_with(Mutant(tau_b, "grid.measure, grid.gap", "-grid.measure, grid.gap"))
def test_with_the_correction_for_ties_a_measure_that_ties_as_the_gap_does_has_1() -> None:
    grid = independent(2, 2)
    tied = Grid(measure=np.array([1.0, 1, 2, 3]), gap=np.array([0.1, 0.1, 0.2, 0.3]), settings=grid.settings)
    assert tau_b(tied) == pytest.approx(1, abs=1e-15)
    assert tau_a(tied) == pytest.approx(10 / 12)
    assert tau_b(tied.with_measure(-tied.measure)) == pytest.approx(-1, abs=1e-15)
    assert math.isnan(tau_b(tied.with_measure(np.ones(4))))


@settings(deadline=None)
@given(tied_grids())
def test_tau_a_is_the_double_loop_of_its_definition(grid: Grid) -> None:
    assert tau_a(grid) == pytest.approx(brute_force(grid), abs=1e-12)


def test_without_ties_both_are_one_number() -> None:
    grid = independent(3, 4)
    assert tau_a(grid) == pytest.approx(tau_b(grid), abs=1e-12)


@settings(deadline=None)
@given(tied_grids(), st.integers(0, 9))
def test_neither_the_order_of_the_networks_nor_a_monotone_change_matters(grid: Grid, seed: int) -> None:
    other = shuffled(grid.with_measure(np.exp(grid.measure)), seed)
    assert tau_a(other) == pytest.approx(tau_a(grid), abs=1e-12)
