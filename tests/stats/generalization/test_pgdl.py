"""The competition's score against its rules, loop by loop."""

from __future__ import annotations

import math
from itertools import permutations, product

import numpy as np
import pytest

from benchmark.stats.generalization import pgdl
from benchmark.stats.generalization.hyperparameter_grid import Grid
from benchmark.stats.generalization.pgdl import pgdl_score
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, shuffled


def in_words(grid: Grid) -> float:
    """Ordered pairs of hyperparameters, ordered pairs of networks with themselves, cells that weigh the same."""
    n = len(grid.gap)
    scores = []
    for one, other in permutations(grid.names, 2):
        cells: dict[tuple[int, ...], list[tuple[bool, bool]]] = {}
        for a, b in product(range(n), range(n)):
            u = tuple(grid.settings[name][i] for name in (one, other) for i in (a, b))
            cells.setdefault(u, []).append((grid.gap[a] > grid.gap[b], grid.measure[a] > grid.measure[b]))
        scores.append(sum(map(shared, cells.values())) / sum(map(entropy, cells.values())))
    return 100 * min(scores)


def shared(pairs: list[tuple[bool, bool]]) -> float:
    def p(gap: set[bool], measure: set[bool]) -> float:
        return float(np.mean([g in gap and m in measure for g, m in pairs]))

    both = {False, True}
    return sum(
        p({g}, {m}) * math.log2(p({g}, {m}) / (p({g}, both) * p(both, {m})))
        for g, m in product(both, both)
        if p({g}, {m}) > 0
    )


def entropy(pairs: list[tuple[bool, bool]]) -> float:
    greater = float(np.mean([gap for gap, _ in pairs]))
    return -sum(p * math.log2(p) for p in (greater, 1 - greater) if p > 0)


@red_with(
    Mutant(
        pgdl_score,
        "np.greater.outer(grid.measure, grid.measure)",
        "np.less.outer(grid.measure, grid.measure)",
    ),
    Mutant(pgdl_score, "min(", "max("),
    Mutant(pgdl._share, "(gap_CG * np", "(measure_CM * np"),
)
def test_it_is_the_rules_loop_by_loop() -> None:
    grid = independent(2, 3, 2)
    tied = Grid(measure=np.round(grid.measure), gap=np.round(grid.gap, 1), settings=grid.settings)
    for one in (grid, tied, grid.with_measure(grid.gap + 0.1 * grid.measure), grid.with_measure(-grid.gap)):
        assert pgdl_score(one) == pytest.approx(in_words(one), abs=1e-6)


def test_planted_measures_have_100_0_and_less_than_100_backwards() -> None:
    """A network with itself is a tie, "not greater" on both sides: backwards, these pairs contradict the others."""
    grid = independent(2, 2, 2, 2)
    assert pgdl_score(grid.with_measure(grid.gap)) == pytest.approx(100, abs=1e-6)
    assert pgdl_score(grid.with_measure(np.ones(16))) == 0
    backwards = [
        pgdl_score(one.with_measure(-one.gap)) for one in (independent(2, 2, 2, 2, seed=s) for s in range(30))
    ]
    assert np.mean(backwards) == pytest.approx(80, abs=3)
    assert max(backwards) < 95


def test_the_order_of_the_networks_does_not_matter() -> None:
    grid = independent(2, 3, 2)
    assert pgdl_score(shuffled(grid, 4)) == pytest.approx(pgdl_score(grid), abs=1e-9)


@pytest.mark.parametrize(
    ("grid", "says"),
    [
        (independent(2, 3), r"wants three hyperparameters or more, the grid has \['h0', 'h1'\]"),
        (
            independent(2, 2, 2, repeats=2),
            "8 configurations, the grid has 16 networks of 8; use least_information",
        ),
        (
            Grid(
                measure=np.arange(3.0),
                gap=np.arange(3.0),
                settings={"a": [0, 1, 1], "b": [0, 0, 1], "c": [0, 1, 0]},
            ),
            "one network for each of 8 configurations, the grid has 3 networks of 3",
        ),
    ],
)
def test_what_the_competition_could_not_score_is_refused(grid: Grid, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        pgdl_score(grid)
