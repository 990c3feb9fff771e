"""Confidence intervals for the mean over seeds."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.sign_flip import by_magnitude, subset_sums

T_UP_TO = 20
RESAMPLES = 9_999
_SEED = 20_260_102  # part of the rules, as in sign_flip

Interval = tuple[NDArray[np.float64], NDArray[np.float64]]
Bounds = tuple[float, float]


def interval(values_SN: NDArray[np.float64], *, confidence: float, bounds: Bounds | None = None) -> Interval:
    """The interval that a verdict quotes: t up to 20 seeds, BCa above, by permutation where bounded or tied.

    Args:
        values_SN: shape (..., N), one finite value per seed.
        confidence: 0.95, or more where several legs share it.
        bounds: the range of a bounded statistic; (-inf, inf) for one that is only tied; None for a
            continuous one.

    Returns:
        Two arrays of shape (...); -inf and inf where N is too small for any bound.
    """
    values = by_magnitude(values_SN)
    if bounds is not None:
        low, high = permutation_interval(values, confidence=confidence)
        return np.maximum(low, bounds[0]), np.minimum(high, bounds[1])
    method = t_interval if values.shape[-1] <= T_UP_TO else bca_interval
    return method(values, confidence=confidence)


def t_interval(values_SN: NDArray[np.float64], *, confidence: float) -> Interval:
    """Student's: mean +- t_{N-1} sd / sqrt(N). Exact for normal values; unbounded for fewer than two."""
    n = values_SN.shape[-1]
    mean = values_SN.mean(axis=-1)
    if n < 2:
        return np.full_like(mean, -math.inf), np.full_like(mean, math.inf)
    from scipy import special

    half = special.stdtrit(n - 1, (1 + confidence) / 2) * values_SN.std(axis=-1, ddof=1) / math.sqrt(n)
    return mean - half, mean + half


def bca_interval(values_SN: NDArray[np.float64], *, confidence: float) -> Interval:
    """Bias-corrected and accelerated bootstrap of the mean, 9,999 resamples from a fixed seed.

    Quantiles of the resampled means at Phi(z0 + (z0 + z) / (1 - a (z0 + z))), with z0 = Phi^-1(share of
    resampled means below the mean) and a = sum d^3 / (6 (sum d^2)^1.5), d the deviations from the mean.
    z is t_{N-1} sqrt(N / (N - 1)) in place of the normal quantile: plain BCa covers normal values 93 % of the
    time at 30 seeds, and this 95 %.

    Source: Efron, Better bootstrap confidence intervals (1987); the expansion from Hesterberg, What teachers
    should know about the bootstrap (2015).
    """
    rows = values_SN.reshape(-1, values_SN.shape[-1])
    ends = np.array([_bca_row(row, confidence) for row in rows]).reshape(*values_SN.shape[:-1], 2)
    return ends[..., 0], ends[..., 1]


def permutation_interval(values_SN: NDArray[np.float64], *, confidence: float) -> Interval:
    """The centres that flipping blocks, one a seed, does not reject: the interval that agrees with the test.

    Shifted by c, the sign-flip p-value is #{A : mean of A <= c} / 2^N, so both ends are order statistics of
    the means of all non-empty subsets. Needs symmetry, not normality; ties only widen it. Unbounded below 6
    seeds (at 95 %).

    Source: Hartigan, Using subsample values as typical values (1969).
    """
    sizes = subset_sums(np.ones(values_SN.shape[-1]))
    kept = sizes > 0
    means = np.sort(subset_sums(values_SN)[..., kept] / sizes[kept], axis=-1)
    rejected = int((1 - confidence) / 2 * len(sizes) * (1 + 1e-9))  # 1e-9: 0.025 * 2^k is not exact in binary
    if rejected == 0:
        return np.full(means.shape[:-1], -math.inf), np.full(means.shape[:-1], math.inf)
    return means[..., rejected - 1], means[..., -rejected]


def _bca_row(row: NDArray[np.float64], confidence: float) -> tuple[float, float]:
    mean = row.mean()
    deviation = row - mean
    if np.ptp(row) == 0:
        return float(mean), float(mean)
    from scipy import special

    resampled = np.sort(_resampling_weights(len(row)) @ row)
    z0 = special.ndtri(((resampled < mean).mean() + (resampled <= mean).mean()) / 2)
    acceleration = (deviation**3).sum() / (6 * (deviation**2).sum() ** 1.5)
    n = len(row)
    ends = special.stdtrit(n - 1, np.array([1 - confidence, 1 + confidence]) / 2)
    z = z0 + ends * math.sqrt(n / (n - 1))
    low, high = np.quantile(resampled, special.ndtr(z0 + z / (1 - acceleration * z)))
    return float(low), float(high)


@lru_cache(maxsize=4)
def _resampling_weights(n: int) -> NDArray[np.float64]:
    """Shape (resamples, n): how often each seed is drawn, over n."""
    return np.random.default_rng([_SEED, n]).multinomial(n, np.full(n, 1 / n), size=RESAMPLES) / n
