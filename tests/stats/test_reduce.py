"""Reductions of the rows of one seed, and what they refuse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from benchmark.stats.number import CannotReduce, Number
from benchmark.stats.reduce import (
    difference,
    hump,
    kendall_tau,
    log_ratio,
    minus,
    rank_correlation,
    relative_difference,
    size,
    slope,
    value,
)
from benchmark.stats.reduction import Contrast, EveryRow, Minus, labels_read
from tests.mutants import Mutant, red_with
from tests.stats.few_rows import TRACE, reduced, refusal, rows


def test_arms_are_values_or_the_ends_of_the_factor() -> None:
    assert reduced(difference("trace", factor="batch", first="max", second="min"), TRACE) == 6
    assert reduced(difference("trace", factor="batch", first=32, second=128), TRACE) == -5
    ratio = log_ratio("trace", factor="batch", first="max", second=8)
    assert reduced(ratio, TRACE) == pytest.approx(math.log(4))


def test_ends_of_the_factor_are_those_of_all_seeds() -> None:
    later = TRACE[TRACE["batch"] < 100].assign(seed=1)
    fixed = difference("trace", factor="batch", first="max", second="min").fixed(pd.concat([TRACE, later]))
    with pytest.raises(CannotReduce, match="batch=128"):
        fixed(later)


def test_a_trend_counts_concordant_pairs() -> None:
    tied = rows("trace", {1: 5.0, 2: 5.0, 3: 7.0, 4: 6.0})
    assert reduced(kendall_tau("trace", factor="batch"), tied) == (4 - 1) / 6
    named = rows("trace", {"small": 1.0, "medium": 2.0, "large": 3.0})
    ordered = kendall_tau("trace", factor="batch", levels=("small", "medium", "large"))
    assert reduced(ordered, named) == 1


def test_kendalls_tau_is_that_of_scipy_where_nothing_ties() -> None:
    numbers = np.random.default_rng(0).normal(size=7)
    expected = stats.kendalltau(range(7), numbers).statistic
    assert reduced(kendall_tau("m", factor="batch"), rows("m", dict(enumerate(numbers)))) == pytest.approx(
        expected
    )


def test_slopes_can_be_taken_in_logarithms() -> None:
    power_law = rows("trace", {x: 3 * x**-0.5 for x in (1, 2, 4, 8)})
    assert reduced(
        slope("trace", factor="batch", log_factor=True, log_value=True), power_law
    ) == pytest.approx(-0.5)
    line = rows("trace", {x: 3 - 2.0 * x for x in (1, 2, 5)})
    assert reduced(slope("trace", factor="batch"), line) == pytest.approx(-2)


@pytest.mark.parametrize("kind", ["spearman", "kendall"])
def test_rank_correlations_pair_numbers_by_cell(kind: Any) -> None:
    random = np.random.default_rng(1)
    x, y = dict(enumerate(random.normal(size=9))), dict(enumerate(random.normal(size=9)))
    frame = pd.concat([rows("x", x), rows("y", y).iloc[::-1]])
    tests = {"spearman": stats.spearmanr, "kendall": stats.kendalltau}
    expected = tests[kind](list(x.values()), list(y.values())).statistic  # type: ignore[operator]
    assert reduced(rank_correlation("x", "y", kind=kind), frame) == pytest.approx(expected)


def test_a_constant_has_no_rank_correlation() -> None:
    frame = pd.concat([rows("x", {1: 1.0, 2: 2.0}), rows("y", {1: 3.0, 2: 3.0})])
    assert reduced(rank_correlation("x", "y"), frame) == 0


def test_a_rank_correlation_needs_both_numbers_of_each_cell() -> None:
    frame = pd.concat([rows("x", {1: 1.0, 2: 2.0, 3: 0.0}), rows("y", {1: 3.0, 2: 4.0})])
    assert refusal(rank_correlation("x", "y"), frame).reason == "data_missing"
    assert refusal(rank_correlation("x", "x"), pd.concat([frame, frame])).reason == "ambiguous_rows"


@red_with(Mutant(Contrast.__call__, "total = first + second", "total = second"))
def test_a_relative_difference_lies_between_its_bounds() -> None:
    relative = relative_difference("area", factor="batch", first=32, second=8)
    for first, second, seen in [
        (1.0, 1.0, 0),
        (3.0, 1.0, 0.5),
        (1.0, 3.0, -0.5),
        (0.0, 2.0, -1),
        (2.0, 0.0, 1),
    ]:
        assert reduced(relative, rows("area", {32: first, 8: second})) == seen


def test_a_relative_difference_of_negative_numbers_is_refused() -> None:
    relative = relative_difference("area", factor="batch", first="max", second="min")
    assert refusal(relative, rows("area", {8: 3.0, 32: -1.0})).reason == "not_positive"


def test_two_zeros_have_no_relative_difference() -> None:
    relative = relative_difference("area", factor="batch", first="max", second="min")
    assert math.isnan(reduced(relative, rows("area", {8: 0.0, 32: 0.0})))


def test_the_size_of_a_reduction_has_no_sign_and_reads_what_that_reads() -> None:
    falling = kendall_tau("e", factor="batch")
    frame = rows("e", {1: 5.0, 2: 3.0, 4: 4.0})
    assert reduced(size(falling), frame) == -reduced(falling, frame) == 1 / 3
    assert labels_read(size(falling).fixed(frame)) == {"e"}


def test_an_interaction_is_a_difference_of_reductions() -> None:
    frame = pd.concat([rows("e", {1: 1.0, 2: 5.0}, skip=False), rows("e", {1: 1.0, 2: 2.0}, skip=True)])
    plain, skip = (
        difference(Number(measure="e", where={"skip": flag}), factor="batch", first=2, second=1)
        for flag in (False, True)
    )
    assert reduced(minus(plain, skip), frame) == 3


RATIOS = [
    log_ratio("trace", factor="batch", first="max", second="min"),
    log_ratio("trace", factor="batch", first="min", second="max"),
    slope("trace", factor="batch", log_value=True),
]


@pytest.mark.parametrize("reduction", RATIOS)
@pytest.mark.parametrize("number", [0.0, -1.0])
def test_a_number_that_breaks_its_declaration_as_positive_makes_the_seed_failed(
    reduction: Any, number: float
) -> None:
    assert math.isnan(reduced(reduction, rows("trace", {8: number, 32: 1.0})))


@pytest.mark.parametrize("reduction", RATIOS)
@pytest.mark.parametrize("number", [0.0, -1.0])
def test_ratios_of_numbers_that_are_not_positive_and_not_declared_so_are_refused(
    reduction: Any, number: float
) -> None:
    error = refusal(reduction, rows("trace", {8: number, 32: 1.0}).drop(columns="positive"))
    assert error.reason == "not_positive"
    assert "batch=8" in str(error)


def test_a_slope_in_the_logarithm_of_a_factor_needs_it_positive() -> None:
    error = refusal(slope("trace", factor="batch", log_factor=True), rows("trace", {0: 1.0, 8: 2.0}))
    assert (error.reason, str(error)) == (
        "not_positive",
        "batch is 0; take the slope on the factor itself",
    )


def test_ratios_of_measures_not_declared_positive_are_refused() -> None:
    frame = TRACE.assign(positive=False)
    assert (
        refusal(log_ratio("trace", factor="batch", first="max", second="min"), frame).reason == "not_positive"
    )
    assert reduced(difference("trace", factor="batch", first="max", second="min"), frame) == 6


def test_a_factor_with_one_level_cannot_be_compared() -> None:
    one = TRACE[TRACE["batch"] == 8]
    for reduction in (
        difference("trace", factor="batch", first="max", second="min"),
        kendall_tau("trace", factor="batch"),
    ):
        assert refusal(reduction, one).reason == "data_missing"


def test_a_mistyped_factor_is_answered_with_the_nearest() -> None:
    assert "did you mean 'batch'" in str(refusal(kendall_tau("trace", factor="bacth"), TRACE))


FAILED = pd.concat([TRACE.iloc[:2], TRACE.iloc[2:].assign(status="diverged", value=math.nan)])
READING_ALL = [
    difference("trace", factor="batch", first="max", second="min"),
    log_ratio("trace", factor="batch", first="max", second="min"),
    kendall_tau("trace", factor="batch"),
    slope("trace", factor="batch", log_value=True),
    rank_correlation("trace", "trace"),
    relative_difference("trace", factor="batch", first="max", second="min"),
    size(kendall_tau("trace", factor="batch")),
    EveryRow(function=lambda frame: frame["value"].mean()),
]


@pytest.mark.parametrize("reduction", READING_ALL)
@pytest.mark.parametrize("number", [math.nan, math.inf, 8.0])
def test_a_failed_cell_that_is_read_makes_the_seed_failed(reduction: Any, number: float) -> None:
    assert math.isnan(reduced(reduction, FAILED.assign(value=FAILED["value"].fillna(number))))


@pytest.mark.parametrize("reduction", READING_ALL)
@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_number_that_is_not_finite_makes_the_seed_failed(reduction: Any, number: float) -> None:
    frame = TRACE.assign(value=[2.0, 3.0, number])
    assert math.isnan(reduced(reduction, frame))


def test_a_failed_cell_of_an_arm_that_is_not_compared_does_not_matter() -> None:
    assert reduced(difference("trace", factor="batch", first=32, second=8), FAILED) == 1


def test_a_row_that_says_why_there_are_no_numbers_stands_for_all_of_them() -> None:
    done = rows("line", {8: 1.0}, quantity="barrier", index='{"alpha": 0.5}')
    failed = rows("line", {32: math.nan}, status="failed")
    number = Number(measure="line", quantity="barrier", index={"alpha": 0.5})
    both = pd.concat([done, failed])
    assert math.isnan(reduced(difference(number, factor="batch", first="max", second="min"), both))


@pytest.mark.parametrize(
    ("values", "height"),
    [
        ([3, 2, 1, 0], -1),  # falls
        ([0, 1, 2, 3], -1),  # rises
        ([1, 1, 1], 0),
        ([0, 5, 2], 3),  # up by 5, down by 3
        ([4, 1, 3, 2], 1),  # falls, rises by 2, falls by 1
        ([4, 1, 3, 0], 2),
    ],
)
def test_a_hump_is_as_high_as_the_lower_of_its_sides(values: list[float], height: float) -> None:
    frame = rows("error", {2**place: number for place, number in enumerate(values)}, "width")
    assert reduced(hump("error", factor="width"), frame.sample(frac=1, random_state=0)) == height


def test_a_seed_measures_the_hump_that_the_other_seeds_see() -> None:
    curves = [[0, 5, 1, 0], [0, 5, 1, 0], [0, 1, 9, 0]]
    frames = [
        rows("error", dict(enumerate(map(float, curve))), "width", seed=seed)
        for seed, curve in enumerate(curves)
    ]
    fixed = hump("error", factor="width").fixed(pd.concat(frames))
    assert [fixed(frame) for frame in frames] == [1, 1, 1]  # the others see the peak at 2, at 2, and at 1


def test_a_flat_curve_has_no_hump_whatever_its_noise() -> None:
    draw = np.random.default_rng(0)
    found = []
    for _ in range(50):
        frames = [
            rows("error", dict(enumerate(0.15 + 0.02 * draw.standard_normal(6))), "width", seed=seed)
            for seed in range(10)
        ]
        fixed = hump("error", factor="width").fixed(pd.concat(frames))
        found += [fixed(frame) for frame in frames]
    assert np.mean(found) < 0.002  # 0.027 where a seed looks for its own peak


def test_a_hump_needs_three_levels() -> None:
    caught = refusal(hump("error", factor="width"), rows("error", {1: 1.0, 2: 2.0}, "width"))
    assert caught.reason == "data_missing" and "needs three" in str(caught)


def test_a_reduction_with_a_part_that_may_read_all_rows_reads_all_labels() -> None:
    known = value("trace").fixed(TRACE)
    assert labels_read(known) == {"trace"} == labels_read(minus(known, known))
    anything = EveryRow(function=lambda rows: 0.0)
    assert labels_read(anything) is None
    assert labels_read(Minus(left=known, right=anything)) is None
