"""All claims of a suite judged with the failed seeds counted one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from benchmark.stats.claim import Claim
from benchmark.stats.failed import count_failed
from benchmark.stats.rule import Evidence, Floats, conjunction, decide, stack, weigh
from benchmark.stats.sample import Sample
from benchmark.stats.verdict import Outcome


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the rule says of one claim; `values` and `legs` hold the seeds and the evidence of each leg."""

    outcome: Outcome
    opposite: bool
    p_adjusted: float
    evidence: Evidence
    values: list[Floats]
    legs: list[Evidence]


def read_all(claims: Sequence[Claim], samples: Sequence[Sample | None], *, against: bool) -> list[Reading]:
    """Judge all claims with failed seeds counted against them, or in their favour.

    A claim without a sample keeps its place in its family with p = 1.
    """
    if not claims:
        return []
    values = [_filled(claim, found, against=against) for claim, found in zip(claims, samples, strict=True)]
    legs = [_weighed(claim, rows) for claim, rows in zip(claims, values, strict=True)]
    evidence = [conjunction(parts) if parts else nothing() for parts in legs]
    ruling = decide(stack(evidence), families=[claim.family if claim.corrected else 0 for claim in claims])
    return [
        Reading(
            outcome=cast(Outcome, str(ruling.outcome[i])),
            opposite=bool(ruling.opposite[i]),
            p_adjusted=float(ruling.p_adjusted[i]),
            evidence=evidence[i],
            values=values[i],
            legs=legs[i],
        )
        for i in range(len(claims))
    ]


def nothing() -> Evidence:
    """The evidence of a claim that could not be run."""
    unknown, one, no = np.array(np.nan), np.array(1.0), np.array(False)
    return Evidence(
        effect=unknown,
        low=unknown,
        high=unknown,
        p_for=one,
        p_against=one,
        large_for=no,
        large_against=no,
        too_small=no,
        smallest_p=one,
        leg=np.array(0),
    )


def _filled(claim: Claim, found: Sample | None, *, against: bool) -> list[Floats]:
    rows = [] if found is None else list(found.values)
    return [count_failed(row, leg, against=against) for row, leg in zip(rows, claim.legs, strict=False)]


def _weighed(claim: Claim, rows: list[Floats]) -> list[Evidence]:
    return [weigh(row, leg, n_legs=len(rows)) for row, leg in zip(rows, claim.legs, strict=False)]
