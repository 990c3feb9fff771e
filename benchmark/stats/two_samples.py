"""Two sets of seeds: is a number the same in both, does it differ, and how many seeds would tell."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from benchmark.stats.power import AFFORDABLE, POWER
from benchmark.stats.rule import ALPHA

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far two samples are apart, in units of the seed noise.

    Attributes:
        difference: mean of B minus mean of A over `noise`; not finite where there is no noise to measure it by, or
            too few seeds.
        noise: pooled standard deviation over seeds.
        p_difference: two-sided, of "the means are equal".
        p_equivalence: of "the means are at least the margin apart", the larger of two one-sided tests.
    """

    difference: float
    noise: float
    p_difference: float
    p_equivalence: float


Spread = tuple[float, int]  # standard deviation over seeds, and how many there are

zeros: Spread = (0.0, 2)  # Welch's test against a sample that does not vary is the test of one sample
unknown = Comparison(difference=math.nan, noise=math.nan, p_difference=1.0, p_equivalence=1.0)


def welch(a_N: Floats, b_N: Floats, *, margin: float) -> Comparison:
    """Compare independent samples without assuming equal variances, by Welch's t test.

    Equivalence is TOST: the larger p of "the difference is above -margin s" and "it is below margin s", s the pooled
    standard deviation over seeds. That s is an estimate makes the test a little careful: at a true difference of one
    margin, 10 seeds on each side pass in 3 % of cases rather than 5 %. That holds for each number by itself: where
    many are compared, p_equivalence is not corrected for it, and about one in twenty of those at the margin passes.

    Args:
        a_N: of A; finite, one value per seed. Fewer than two on a side decide nothing.
        b_N: of B.
        margin: in units of s.

    Source: Welch, The generalization of Student's problem (1947); Schuirmann, A comparison of the two one-sided
    tests procedure and the power approach (1987).
    """
    if min(len(a_N), len(b_N)) < 2:
        return unknown
    if np.ptp(a_N) == 0 and np.ptp(b_N) == 0:  # nothing varies: the numbers themselves decide
        return _exact(float(b_N[0] - a_N[0]))
    shift = float(b_N.mean() - a_N.mean())
    return _tested(shift, pooled_sd(a_N, b_N), _spread(b_N), _spread(a_N), margin=margin)


def paired(differences_N: Floats, *, noise: float, margin: float) -> Comparison:
    """Compare the same cells: t tests of the differences B - A, with the margin in units of the noise over seeds.

    Differences that are all zero are equal, with no test. One pair decides nothing else.
    """
    if not differences_N.any():
        return Comparison(difference=0.0, noise=noise, p_difference=1.0, p_equivalence=0.0)
    if len(differences_N) < 2:
        return unknown
    if not noise > 0 or np.ptp(differences_N) == 0:
        return _shifted(float(differences_N[0]), noise, margin=margin)
    return _tested(float(differences_N.mean()), noise, _spread(differences_N), zeros, margin=margin)


def pooled_sd(a_N: Floats, b_N: Floats) -> float:
    """Return sqrt(((n_A - 1) v_A + (n_B - 1) v_B) / (n_A + n_B - 2)), NaN for fewer than two on a side."""
    if min(len(a_N), len(b_N)) < 2:
        return math.nan
    squares = sum(float(((sample - sample.mean()) ** 2).sum()) for sample in (a_N, b_N))
    return math.sqrt(squares / (len(a_N) + len(b_N) - 2))


def failures_p(failed: tuple[int, int], n: tuple[int, int]) -> float:
    """Return Fisher's exact two-sided p of "a seed fails as often in A as in B"."""
    table = np.array([[failed[0], n[0] - failed[0]], [failed[1], n[1] - failed[1]]])
    return float(stats.fisher_exact(table).pvalue)


def seeds_to_decide(difference: float, *, margin: float, n_tests: int) -> int | None:
    """Return the seeds on each side that would decide with 80 % power if difference and noise stayed as they are.

    Inside the margin that is equivalence: the fewest n with

        Phi((margin - d) / se - z) + Phi((margin + d) / se - z) - 1 >= 0.8,  se = sqrt(2 / n),  z = z_0.95.

    Outside it is a difference at Holm's first step: n = 2 ((z_{1 - 0.025 / m} + z_0.8) / d)^2 among m tests. Two
    more for the variance being estimated, about.

    Returns:
        None where nothing is known, or more than 10,000 would be needed (a difference of just the margin).
    """
    size = abs(difference)
    if not math.isfinite(size):
        return None
    if size >= margin:
        z = -special.ndtri(ALPHA / 2 / n_tests) + special.ndtri(POWER)
        n = math.ceil(2 * (z / size) ** 2) + 2
        return n if n <= AFFORDABLE else None
    n_S = np.arange(2, AFFORDABLE)
    error_S, z = np.sqrt(2 / n_S), -special.ndtri(ALPHA)
    power_S = special.ndtr((margin - size) / error_S - z) + special.ndtr((margin + size) / error_S - z) - 1
    enough = np.flatnonzero(power_S >= POWER)
    return int(n_S[enough[0]]) + 2 if len(enough) else None


def _spread(values_N: Floats) -> Spread:
    return float(values_N.std(ddof=1)), len(values_N)


def _tested(shift: float, noise: float, b: Spread, a: Spread, *, margin: float) -> Comparison:
    def p(shifted: float, alternative: Literal["two-sided", "less", "greater"]) -> float:
        found = stats.ttest_ind_from_stats(shifted, *b, 0.0, *a, equal_var=False, alternative=alternative)
        return float(found.pvalue)

    far = margin * noise
    return Comparison(
        difference=shift / noise,
        noise=noise,
        p_difference=p(shift, "two-sided"),
        p_equivalence=max(p(shift + far, "greater"), p(shift - far, "less")),
    )


def _exact(shift: float) -> Comparison:
    """Nothing varies over seeds: equal is equal, and anything else is a difference that no noise explains."""
    same = shift == 0
    return Comparison(
        difference=0.0 if same else math.copysign(math.inf, shift),
        noise=0.0,
        p_difference=1.0 if same else 0.0,
        p_equivalence=0.0 if same else 1.0,
    )


def _shifted(shift: float, noise: float, *, margin: float) -> Comparison:
    """Every pair differs by the same amount: no sampling to allow for."""
    if not noise > 0:
        return _exact(shift)
    within = abs(shift) < margin * noise
    return Comparison(
        difference=shift / noise,
        noise=noise,
        p_difference=0.0,
        p_equivalence=0.0 if within else 1.0,
    )
