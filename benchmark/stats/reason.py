"""Why a verdict came out as it did, as an enumerated code."""

from __future__ import annotations

from benchmark.stats.claim import Direction, Leg
from benchmark.stats.reading import Reading
from benchmark.stats.rule import ALPHA
from benchmark.stats.verdict import Outcome, Reason

_OPPOSITE: dict[Direction, Reason] = {
    "greater": "opposite",
    "less": "opposite",
    "equal": "too_large",
    "identity": "identity_broken",
}


def reason_for(
    outcome: Outcome, worst: Reading, best: Reading, leg: Leg, *, family_size: int, all_failed: bool
) -> Reason:
    """The code that goes with an outcome; `leg` is the one that the evidence is of.

    For an inconclusive claim the first that applies of failures, too few seeds, size, sign and significance.
    """
    if outcome == "reproduced":
        return "shown"
    if outcome == "contradicted":
        return _OPPOSITE[leg.direction] if best.opposite else "too_small"
    if all_failed or best.outcome == "reproduced" or worst.outcome == "contradicted":
        return "cells_failed"
    if worst.evidence.smallest_p * family_size > ALPHA:
        return "too_few_seeds"
    low, high = worst.evidence.low, worst.evidence.high
    if leg.direction == "equal":
        margin = leg.smallest_effect
        crosses = (low <= -margin <= high) or (low <= margin <= high)
        return "interval_crosses_margin" if crosses else "not_significant"
    if worst.p_adjusted <= ALPHA:
        return "below_smallest_effect"
    return "interval_crosses_zero" if low <= 0 <= high else "not_significant"
