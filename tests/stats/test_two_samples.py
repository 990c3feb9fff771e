"""Comparing two sets of seeds: closed forms, error rates under the null and on the margin, power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from benchmark.stats.holm import holm
from benchmark.stats.two_samples import failures_p, paired, pooled_sd, seeds_to_decide, welch

rng = np.random.default_rng(7)


def draws(n: int, *, shift: float = 0.0, sd: float = 1.0, repeats: int = 1_000) -> np.ndarray:
    return shift + sd * rng.standard_normal((repeats, n))


@pytest.mark.parametrize(("n_a", "n_b"), [(10, 10), (5, 10), (2, 3)])
def test_the_difference_is_welch_s_test(n_a: int, n_b: int) -> None:
    a, b = draws(n_a)[0], draws(n_b, shift=0.7, sd=2.0)[0]
    found = welch(a, b, margin=1.0)
    assert found.p_difference == pytest.approx(stats.ttest_ind(a, b, equal_var=False).pvalue, rel=1e-10)
    assert found.noise == pytest.approx(pooled_sd(a, b))
    assert found.difference == pytest.approx((b.mean() - a.mean()) / found.noise)


@pytest.mark.parametrize("margin", [0.5, 1.0, 3.0])
def test_equivalence_is_two_one_sided_tests(margin: float) -> None:
    a, b = draws(10)[0], draws(8, shift=0.1)[0]
    far = margin * pooled_sd(a, b)
    above = stats.ttest_ind(b + far, a, equal_var=False, alternative="greater").pvalue
    below = stats.ttest_ind(b - far, a, equal_var=False, alternative="less").pvalue
    assert welch(a, b, margin=margin).p_equivalence == pytest.approx(max(above, below), rel=1e-9)


def test_equal_variances_pool_to_their_root() -> None:
    assert pooled_sd(np.array([0.0, 2.0]), np.array([5.0, 7.0])) == pytest.approx(math.sqrt(2))


def test_no_difference_is_called_one_in_five_of_a_hundred_at_most() -> None:
    a, b = draws(10, repeats=4_000), draws(10, repeats=4_000)
    found = [welch(x, y, margin=1.0).p_difference <= 0.05 for x, y in zip(a, b, strict=True)]
    assert 0.035 < np.mean(found) < 0.065


@pytest.mark.parametrize("n", [5, 10, 30])
def test_a_difference_of_one_margin_passes_as_equal_in_five_of_a_hundred_at_most(n: int) -> None:
    a, b = draws(n, repeats=3_000), draws(n, shift=1.0, repeats=3_000)
    found = [welch(x, y, margin=1.0).p_equivalence <= 0.05 for x, y in zip(a, b, strict=True)]
    assert np.mean(found) <= 0.062


def test_among_many_numbers_holm_keeps_one_false_difference_rare_and_without_it_there_are_some() -> None:
    """Without the correction nearly every comparison of 200 numbers would be red."""
    families = [
        np.array([welch(x, y, margin=1.0).p_difference for x, y in zip(draws(10, repeats=200), draws(10, repeats=200),
                                                                     strict=True)])
        for _ in range(60)
    ]  # fmt: skip
    assert np.mean([(holm(family) <= 0.05).any() for family in families]) <= 0.15
    assert np.mean([(family <= 0.05).any() for family in families]) > 0.95


@pytest.mark.parametrize("true", [0.0, 0.4])
def test_as_many_seeds_as_are_asked_for_show_equivalence_four_times_in_five(true: float) -> None:
    n = seeds_to_decide(true, margin=1.0, n_tests=1)
    assert n is not None
    a, b = draws(n), draws(n, shift=true)
    found = [welch(x, y, margin=1.0).p_equivalence <= 0.05 for x, y in zip(a, b, strict=True)]
    assert 0.76 < np.mean(found) < 0.9


def test_as_many_seeds_as_are_asked_for_show_a_difference_four_times_in_five() -> None:
    n = seeds_to_decide(1.5, margin=1.0, n_tests=20)
    assert n is not None
    a, b = draws(n), draws(n, shift=1.5)
    found = [welch(x, y, margin=1.0).p_difference <= 0.05 / 20 for x, y in zip(a, b, strict=True)]
    assert 0.75 < np.mean(found) < 0.92


def test_a_difference_of_just_the_margin_is_decided_by_no_number_of_seeds() -> None:
    assert seeds_to_decide(1.0 - 1e-6, margin=1.0, n_tests=1) is None
    assert seeds_to_decide(math.nan, margin=1.0, n_tests=1) is None


def test_what_never_varies_is_equal_or_it_is_not() -> None:
    same = welch(np.full(3, 7.0), np.full(5, 7.0), margin=1.0)
    assert (same.p_difference, same.p_equivalence) == (1.0, 0.0)
    other = welch(np.full(3, 7.0), np.full(5, 7.0001), margin=1.0)
    assert (other.p_difference, other.p_equivalence) == (0.0, 1.0)
    assert other.difference == math.inf


def test_one_seed_decides_nothing() -> None:
    found = welch(np.array([1.0]), np.array([1.0, 2.0]), margin=1.0)
    assert (found.p_difference, found.p_equivalence) == (1.0, 1.0)


def test_pairs_are_tested_by_their_differences_and_weighed_by_the_noise_over_seeds() -> None:
    differences = 0.3 + 0.1 * draws(10)[0]
    found = paired(differences, noise=2.0, margin=1.0)
    assert found.p_difference == pytest.approx(stats.ttest_1samp(differences, 0.0).pvalue, rel=1e-9)
    below = stats.ttest_1samp(differences - 2.0, 0.0, alternative="less").pvalue
    above = stats.ttest_1samp(differences + 2.0, 0.0, alternative="greater").pvalue
    assert found.p_equivalence == pytest.approx(max(below, above), rel=1e-9)
    assert found.difference == pytest.approx(differences.mean() / 2.0)


def test_equal_pairs_are_the_same_even_where_there_is_one() -> None:
    assert paired(np.zeros(1), noise=math.nan, margin=1.0).p_equivalence == 0.0
    assert paired(np.array([1e-9]), noise=math.nan, margin=1.0).p_equivalence == 1.0


def test_pairs_that_all_differ_alike_are_weighed_by_the_noise_alone() -> None:
    assert paired(np.full(4, 0.5), noise=1.0, margin=1.0).p_equivalence == 0.0
    assert paired(np.full(4, 1.5), noise=1.0, margin=1.0).p_equivalence == 1.0
    assert paired(np.full(4, 1.5), noise=0.0, margin=1.0).difference == math.inf


def test_failures_on_one_side_alone_are_a_difference() -> None:
    assert failures_p((0, 10), (10, 10)) < 1e-4
    assert failures_p((0, 0), (10, 10)) == 1.0
