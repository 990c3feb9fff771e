from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from benchmark.stats.equivalence import difference_p, equivalence_p
from tests.mutants import Mutant, red_with


def test_equivalence_is_the_larger_of_two_one_sided_tests() -> None:
    values = np.random.default_rng(0).normal(0.2, 0.5, size=14)
    below = stats.ttest_1samp(values, 0.6, alternative="less").pvalue
    above = stats.ttest_1samp(values, -0.6, alternative="greater").pvalue
    assert equivalence_p(values, margin=0.6) == pytest.approx(max(below, above), abs=0.01)


def test_difference_is_twice_the_smaller_beyond_the_margins() -> None:
    values = np.random.default_rng(1).normal(-1.2, 0.5, size=12)
    outside = stats.ttest_1samp(values, -0.6, alternative="less").pvalue
    assert difference_p(values, margin=0.6) == pytest.approx(2 * outside, abs=0.01)


def test_both_sides_are_alike() -> None:
    values = np.random.default_rng(2).normal(0.1, 1, size=(20, 9))
    for test in (equivalence_p, difference_p):
        np.testing.assert_array_equal(test(values, margin=0.5), test(-values, margin=0.5))


@red_with(
    Mutant(equivalence_p, "maximum", "minimum"),
    Mutant(difference_p, "2 * smaller", "smaller"),
)
def test_worked_examples_by_hand() -> None:
    """Two seeds at 1 and 3: inside a margin of 2 from one side only, outside it from neither."""
    values = np.array([1.0, 3.0])
    assert equivalence_p(values, margin=2.0) == 3 / 4
    assert difference_p(values, margin=0.5) == 2 * 1 / 4


def test_values_on_the_margin_show_neither() -> None:
    values = np.full(10, 0.5)
    assert equivalence_p(values, margin=0.5) == 1
    assert difference_p(values, margin=0.5) == 1


@pytest.mark.parametrize(
    ("centre", "test"), [(1.0, equivalence_p), (-1.0, equivalence_p), (1.0, difference_p)]
)
def test_on_the_border_false_findings_are_as_rare_as_they_say(centre: float, test: object) -> None:
    values = np.random.default_rng(3).normal(centre, 1, size=(10_000, 10))
    assert np.mean(test(values, margin=1.0) <= 0.05) <= 0.056  # type: ignore[operator]


def test_equivalence_needs_the_seeds_that_the_tables_say() -> None:
    """Two one-sided tests, margin of one standard deviation, 80 % power: between 9 and 12 seeds, paired."""
    values = np.random.default_rng(4).normal(size=(4_000, 11))
    assert np.mean(equivalence_p(values, margin=1.0) <= 0.05) == pytest.approx(0.8, abs=0.07)
