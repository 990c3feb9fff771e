from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.stats import interval as interval_module
from benchmark.stats.interval import (
    _bca_row,
    _resampling_weights,
    bca_interval,
    interval,
    permutation_interval,
    t_interval,
)
from benchmark.stats.sign_flip import sign_flip_p
from tests.mutants import Mutant, red_with


@pytest.mark.parametrize(
    ("n", "rows", "bounds"),
    [(10, 20_000, None), (30, 4_000, None), (21, 4_000, None), (10, 8_000, (-math.inf, math.inf))],
)
def test_intervals_cover_the_mean_as_often_as_they_say(
    n: int, rows: int, bounds: tuple[float, float] | None
) -> None:
    values = np.random.default_rng(0).normal(1, 2, size=(rows, n))
    low, high = interval(values, confidence=0.95, bounds=bounds)
    assert 0.93 <= np.mean((low <= 1) & (high >= 1)) <= 0.97


def test_a_bare_percentile_bootstrap_would_not_cover_at_ten_seeds() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(2_000, 10))
    means = values[:, random.integers(0, 10, size=(1_000, 10))].mean(axis=-1)
    low, high = np.quantile(means, [0.025, 0.975], axis=-1)
    assert np.mean((low <= 0) & (high >= 0)) < 0.93


@red_with(Mutant(t_interval, "ddof=1", "ddof=0"), Mutant(t_interval, "stdtrit(n - 1", "stdtrit(n"))
def test_the_t_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(1).normal(size=10)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found: Any = t_interval(values, confidence=0.95)
    np.testing.assert_allclose(found, [float(expected.low), float(expected.high)], rtol=1e-12)


@red_with(
    Mutant(_bca_row, "(6 * ", "(3 * "),
    Mutant(_bca_row, "math.sqrt(n / (n - 1))", "1.0"),
    Mutant(_bca_row, "z = z0 + ends", "z = ends"),
)
def test_bca_is_that_of_scipy_at_the_expanded_confidence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interval_module, "RESAMPLES", 200_000)
    _resampling_weights.cache_clear()
    values = np.exp(np.linspace(-1.5, 1.5, 8))
    level = 2 * stats.norm.cdf(stats.t.ppf(0.9, 7) * np.sqrt(8 / 7)) - 1
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=200_000, confidence_level=level, random_state=0, batch=10_000
    ).confidence_interval
    found = [float(end) for end in bca_interval(values, confidence=0.8)]
    _resampling_weights.cache_clear()
    np.testing.assert_allclose(found, [expected.low, expected.high], atol=0.012)


def test_the_permutation_interval_is_what_the_test_does_not_reject() -> None:
    values = np.random.default_rng(3).normal(size=8)
    low, high = permutation_interval(values, confidence=0.95)
    grid = np.linspace(values.min(), values.max(), 2_001)[:, np.newaxis]
    kept = grid[(sign_flip_p(values - grid) > 0.025) & (sign_flip_p(grid - values) > 0.025)]
    step = float(grid[1, 0] - grid[0, 0])
    np.testing.assert_allclose([low, high], [kept.min(), kept.max()], atol=step)


@red_with(Mutant(permutation_interval, "rejected - 1]", "rejected]"))
def test_the_permutation_interval_of_six_seeds_is_their_range() -> None:
    assert list(permutation_interval(np.array([3.0, 1, 4, 2, 5, 9]), confidence=0.95)) == [1, 9]


def test_too_few_seeds_bound_nothing() -> None:
    assert list(interval(np.array([1.0]), confidence=0.95)) == [-math.inf, math.inf]
    assert list(interval(np.ones(5), confidence=0.95, bounds=(-1, 1))) == [-1, 1]


def test_equal_values_have_an_interval_of_no_width() -> None:
    for n in (10, 30):
        np.testing.assert_allclose(interval(np.full(n, 0.1), confidence=0.95), 0.1)


@settings(deadline=None)
@given(st.integers(2, 24), st.integers(0, 1_000), st.sampled_from([None, (-9.0, 9.0)]))
def test_intervals_mirror_and_ignore_order(n: int, seed: int, bounds: tuple[float, float] | None) -> None:
    values = np.random.default_rng(seed).normal(size=n)
    low, high = interval(values, confidence=0.95, bounds=bounds)
    mirrored = interval(-values[::-1], confidence=0.95, bounds=bounds)
    np.testing.assert_allclose([-mirrored[1], -mirrored[0]], [low, high], atol=1e-12)
    assert low <= values.mean() + 1e-12
    assert high >= values.mean() - 1e-12


def test_more_confidence_is_wider() -> None:
    values = np.random.default_rng(5).normal(size=(3, 12))
    for bounds in (None, (-9.0, 9.0)):
        narrow, wide = (interval(values, confidence=share, bounds=bounds) for share in (0.95, 0.99))
        assert (wide[0] < narrow[0]).all()
        assert (wide[1] > narrow[1]).all()
