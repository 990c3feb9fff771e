"""The one rule: from one number per seed to an outcome. Works on whole arrays of suites at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.claim import Leg
from benchmark.stats.equivalence import difference_p, equivalence_p
from benchmark.stats.holm import holm
from benchmark.stats.interval import interval
from benchmark.stats.sign_flip import by_magnitude, sign_flip_p, smallest_p

ALPHA = 0.05

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one number per seed says, for and against; every field has the shape of the claims weighed.

    `leg` says which leg of a conjunction effect, interval and `p_for` are of: the weakest.
    """

    effect: Floats
    low: Floats
    high: Floats
    p_for: Floats
    p_against: Floats
    large_for: Flags
    large_against: Flags
    too_small: Flags
    smallest_p: Floats
    leg: NDArray[np.int_]


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """Outcome, adjusted p-value as claimed, and whether the opposite is shown; shape (..., claims)."""

    outcome: NDArray[np.str_]
    p_adjusted: Floats
    opposite: Flags


def weigh(values_SN: Floats, leg: Leg, *, n_legs: int = 1) -> Evidence:
    """Weigh one leg on arrays (..., N) of finite values, one per seed."""
    if leg.direction == "identity":
        return _weigh_identity(values_SN, leg.smallest_effect)
    effect = np.asarray(by_magnitude(values_SN).mean(axis=-1))
    low, high = interval(values_SN, confidence=1 - ALPHA / n_legs, bounds=leg.bounds)
    margin = leg.smallest_effect
    if leg.direction == "equal":
        p_for, p_against = equivalence_p(values_SN, margin=margin), difference_p(values_SN, margin=margin)
        large_for, large_against = np.abs(effect) < margin, np.abs(effect) > margin
        too_small = np.zeros_like(effect, dtype=bool)
    else:
        sign = -1.0 if leg.direction == "less" else 1.0
        p_for, p_against = sign_flip_p(sign * values_SN), sign_flip_p(-sign * values_SN)
        large_for, large_against = sign * effect >= margin, sign * effect <= -margin
        too_small = np.asarray(high < margin if sign > 0 else low > -margin)
    return Evidence(
        effect=effect,
        low=low,
        high=high,
        p_for=p_for,
        p_against=p_against,
        large_for=np.asarray(large_for),
        large_against=np.asarray(large_against),
        too_small=too_small,
        smallest_p=np.full_like(effect, smallest_p(values_SN.shape[-1])),
        leg=np.zeros_like(effect, dtype=int),
    )


def conjunction(legs: Sequence[Evidence]) -> Evidence:
    """All legs must hold: the largest p counts for; against, the smallest, times the number of legs.

    The effect and interval are those of the weakest leg, the one with the largest p.
    """
    if len(legs) == 1:
        return legs[0]
    weakest = np.argmax(np.stack([leg.p_for for leg in legs]), axis=0)[np.newaxis]

    def of_weakest(values: list[Floats]) -> Floats:
        return np.asarray(np.take_along_axis(np.stack(values), weakest, axis=0)[0])

    against = np.stack([np.where(leg.large_against, leg.p_against, 1.0) for leg in legs])
    return Evidence(
        effect=of_weakest([leg.effect for leg in legs]),
        low=of_weakest([leg.low for leg in legs]),
        high=of_weakest([leg.high for leg in legs]),
        p_for=of_weakest([leg.p_for for leg in legs]),
        p_against=np.minimum(1.0, len(legs) * against.min(axis=0)),
        large_for=np.asarray(np.stack([leg.large_for for leg in legs]).all(axis=0)),
        large_against=np.asarray(np.stack([leg.large_against for leg in legs]).any(axis=0)),
        too_small=np.asarray(np.stack([leg.too_small for leg in legs]).any(axis=0)),
        smallest_p=np.stack([leg.smallest_p for leg in legs]).max(axis=0),
        leg=weakest[0],
    )


def decide(evidence: Evidence, *, families: Sequence[int]) -> Ruling:
    """Apply the rule to the claims along the last axis.

    Reproduced: adjusted p for <= 0.05, and the estimate is at least the smallest effect as claimed.
    Contradicted: adjusted p against <= 0.05, and the estimate is at least as large on the other side; or the
    interval lies wholly below the smallest effect, with seeds enough for a p of 0.05.
    Inconclusive: all else.

    Args:
        evidence: fields of shape (..., M).
        families: M numbers; claims of one family share a Holm correction, family 0 is not corrected.
    """
    p_for = adjust(evidence.p_for, families)
    reproduced = (p_for <= ALPHA) & evidence.large_for
    opposite = (adjust(evidence.p_against, families) <= ALPHA) & evidence.large_against
    contradicted = opposite | (evidence.too_small & (evidence.smallest_p <= ALPHA))
    outcome = np.select([reproduced, contradicted], ["reproduced", "contradicted"], "inconclusive")
    return Ruling(outcome=outcome, p_adjusted=p_for, opposite=opposite)


def adjust(p_M: Floats, families: Sequence[int]) -> Floats:
    """Holm within each family along the last axis; family 0 is left as it is."""
    adjusted = np.array(p_M, dtype=np.float64)
    family_M = np.asarray(families)
    for family in set(families) - {0}:
        adjusted[..., family_M == family] = holm(adjusted[..., family_M == family])
    return adjusted


def stack(evidence: Sequence[Evidence]) -> Evidence:
    """Put the evidence of several claims side by side, as the last axis."""
    columns = {
        f.name: np.stack([getattr(one, f.name) for one in evidence], axis=-1) for f in fields(Evidence)
    }
    return Evidence(**columns)


def _weigh_identity(values_SN: Floats, tolerance: float) -> Evidence:
    """The effect is the largest departure; there is no sampling to allow for, so the p-values are 0 or 1."""
    worst = np.asarray(np.abs(values_SN).max(axis=-1))
    holds = np.asarray(worst <= tolerance)
    return Evidence(
        effect=worst,
        low=worst,
        high=worst,
        p_for=np.where(holds, 0.0, 1.0),
        p_against=np.where(holds, 1.0, 0.0),
        large_for=holds,
        large_against=~holds,
        too_small=np.zeros_like(holds),
        smallest_p=np.zeros_like(worst),
        leg=np.zeros_like(worst, dtype=int),
    )
