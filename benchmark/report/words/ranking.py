"""In which order claims stand: the most surprising first, and among equals the most certain."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmark.report.words.legs import legs_of, shown
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.stats.claim import Claim

surprise = ("contradicted", "reproduced", "inconclusive", "not_run")
in_words = (
    "Contradicted claims stand first, then reproduced, inconclusive and not run ones. Among equals comes first the one "
    "whose effect lies farthest from the smallest effect that matters, counted in half-widths of its interval: the "
    "most certain. Where all seeds have the same number there is no half-width to count in, and the claim comes last."
)
Rank = tuple[int, float]


def rank(verdict: Mapping[str, Any], claim: Claim | None = None) -> Rank:
    """Return what claims are sorted by; equal ranks keep the order of their suite.

    Of a conjunction counts the leg that the verdict shows.
    """
    leg = shown(verdict, legs_of(verdict, claim))
    certainty = math.nan if leg is None else leg.certainty
    return surprise.index(outcome_of(verdict)), 1.0 if math.isnan(certainty) else -certainty
