from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.stats import sign_flip
from benchmark.stats.sign_flip import sign_flip_p, smallest_p, subset_sums
from tests.mutants import Mutant, red_with

values = st.lists(st.integers(-50, 50), min_size=1, max_size=9).map(
    lambda numbers: np.array(numbers, dtype=float)
)


def brute_force(numbers: np.ndarray) -> float:
    """The definition: the share of sign flips whose sum is at least the observed one."""
    sums = [np.dot(signs, numbers) for signs in product((1, -1), repeat=len(numbers))]
    return float(np.mean([total >= numbers.sum() for total in sums]))


@settings(deadline=None)
@given(values)
def test_the_p_value_is_the_share_of_flips_that_do_as_well(numbers: np.ndarray) -> None:
    assert sign_flip_p(numbers) == brute_force(numbers)


@red_with(
    Mutant(sign_flip_p, "sums <= tie[block]", "sums < -tie[block]"),
    Mutant(sign_flip_p, "sums <= tie[block]", "sums >= tie[block]"),
    Mutant(subset_sums, "values_SN[..., i : i + 1]", "values_SN[..., :1]"),
)
def test_worked_examples_by_hand() -> None:
    assert sign_flip_p(np.array([1.0, 2.0])) == 1 / 4
    assert sign_flip_p(np.array([-1.0, 2.0])) == 2 / 4
    assert sign_flip_p(np.array([0.0, 2.0])) == 2 / 4
    assert sign_flip_p(np.array([1.0, 2.0, -3.0])) == 5 / 8


def test_it_agrees_with_scipys_permutation_test() -> None:
    numbers = np.random.default_rng(1).normal(0.4, 1, size=10)
    expected = stats.permutation_test(
        (numbers,), np.mean, permutation_type="samples", alternative="greater", n_resamples=2**10
    )
    assert sign_flip_p(numbers) == pytest.approx(expected.pvalue, abs=1e-12)


@settings(deadline=None)
@given(values, st.randoms(use_true_random=False), st.floats(1e-6, 1e6))
def test_order_and_scale_do_not_matter(numbers: np.ndarray, random: object, scale: float) -> None:
    shuffled = numbers.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sign_flip_p(shuffled) == sign_flip_p(numbers) == sign_flip_p(scale * numbers)


@settings(deadline=None)
@given(values, st.integers(0, 8), st.integers(0, 30))
def test_raising_a_seed_never_raises_the_p_value(numbers: np.ndarray, place: int, by: int) -> None:
    raised = numbers.copy()
    raised[place % len(numbers)] += by
    assert sign_flip_p(raised) <= sign_flip_p(numbers)


@pytest.mark.parametrize(("n", "claims"), [(5, 1), (8, 12), (10, 51)])
def test_the_smallest_attainable_p_supports_the_stated_number_of_claims(n: int, claims: int) -> None:
    assert sign_flip_p(np.arange(1.0, n + 1)) == smallest_p(n) == 2.0**-n
    assert claims * smallest_p(n) <= 0.05 < (claims + 1) * smallest_p(n)


@pytest.mark.parametrize("n", [21, 30])
def test_random_subsets_can_reach_no_smaller_p_than_said(n: int) -> None:
    assert sign_flip_p(np.full(n, 1.0)) == smallest_p(n) == 1e-5


def test_random_subsets_are_close_to_all_subsets(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = np.random.default_rng(2).normal(0.3, 1, size=12)
    exact = float(sign_flip_p(numbers))
    monkeypatch.setattr(sign_flip, "EXACT_UP_TO", 11)
    assert sign_flip_p(numbers) == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 1e5))


def test_random_subsets_see_neither_order_nor_side() -> None:
    numbers = np.random.default_rng(3).normal(0.3, 1, size=25)
    assert sign_flip_p(numbers) == sign_flip_p(numbers[::-1])
    assert sign_flip_p(-numbers) + sign_flip_p(numbers) == pytest.approx(1, abs=0.01)


def test_rounding_does_not_break_ties() -> None:
    assert sign_flip_p(np.array([0.1, 0.2, -0.3])) == sign_flip_p(np.array([1.0, 2.0, -3.0])) == 5 / 8


def test_rows_are_tested_one_by_one() -> None:
    rows = np.random.default_rng(4).normal(size=(2, 3, 6))
    assert sign_flip_p(rows).tolist() == [[sign_flip_p(row) for row in block] for block in rows]


def test_zero_seeds_differing_is_no_evidence() -> None:
    assert sign_flip_p(np.zeros(10)) == 1
