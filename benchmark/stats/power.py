"""How many seeds would decide."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.claim import Leg
from benchmark.stats.rule import ALPHA
from benchmark.stats.sign_flip import smallest_p

POWER = 0.8
AFFORDABLE = 10_000


def seeds_needed(values_N: NDArray[np.float64], leg: Leg, *, family_size: int = 1) -> int | None:
    """Seeds that would decide with 80 % power if mean and spread stayed as they are; more than there are now.

        n = ceil(((z_{1-a} + z_{0.8}) sd / gap)^2 + z_{1-a}^2 / 2),  at least the fewest with 2^-n <= 0.05 / m

    where the mean is at least the smallest effect, gap is its distance from 0 and a = 0.05 / m (Holm's first
    step among m claims): n reproduces. Where it is smaller, gap is its distance from the smallest effect and
    a = 0.025: the interval falls below it. For "equal", gap is the distance from the margin, a = 0.05 / m
    inside and half outside.

    Returns:
        None for an identity, and where more than 10,000 would be needed (a mean on the very border).

    Source: Guenther, Sample size formulas for normal theory t tests (1981).
    """
    if leg.direction == "identity":
        return None
    gap, alpha = _gap(float(values_N.mean()), leg, ALPHA / family_size)
    least = max(fewest_seeds(ALPHA / family_size), len(values_N) + 1)
    spread = float(values_N.std(ddof=1)) if len(values_N) > 1 else 0.0
    if gap == 0:
        return None
    from scipy import special

    z = -special.ndtri(alpha)
    needed = ((z + special.ndtri(POWER)) * spread / gap) ** 2 + z**2 / 2
    return max(math.ceil(needed), least) if needed <= AFFORDABLE else None


def fewest_seeds(alpha: float) -> int:
    """The fewest seeds whose smallest attainable p-value is at most alpha."""
    n = 1
    while smallest_p(n) > alpha:
        n += 1
    return n


def _gap(mean: float, leg: Leg, alpha: float) -> tuple[float, float]:
    if leg.direction == "equal":
        return abs(leg.smallest_effect - abs(mean)), alpha if abs(mean) < leg.smallest_effect else alpha / 2
    towards = -mean if leg.direction == "less" else mean
    if towards >= leg.smallest_effect:
        return towards, alpha
    return leg.smallest_effect - towards, ALPHA / 2
