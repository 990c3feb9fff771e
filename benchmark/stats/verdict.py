"""What the records say about a claim."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from benchmark.stats.claim import Scope

RULES_VERSION = "1"

Outcome = Literal["reproduced", "contradicted", "inconclusive", "not_run"]
Reason = Literal[
    "shown",  # reproduced: significant in the claimed direction, and large enough (or the identity holds)
    "opposite",  # contradicted: the same on the other side
    "too_small",  # contradicted: the interval lies wholly below the smallest effect
    "too_large",  # contradicted claim of no difference: a difference beyond the margin is significant
    "identity_broken",  # contradicted identity: some seed is outside the tolerance
    "too_few_seeds",  # inconclusive: so few seeds cannot reach 0.05 within their family
    "cells_failed",  # inconclusive: it would be decided were it not for failed seeds
    "interval_crosses_zero",  # inconclusive: either sign is possible
    "interval_crosses_margin",  # inconclusive claim of no difference: both sides of the margin are possible
    "below_smallest_effect",  # inconclusive: significant, but the estimate is smaller than what matters
    "not_significant",  # inconclusive: the interval is clear of zero, but the adjusted p-value too large
    "data_missing",  # not_run, as all below: rows or columns that the claim reads are not in the records
    "out_of_scope",  # no row has the data, model, profile and arms that can decide the claim
    "ambiguous_rows",  # several rows where one number is compared
    "not_positive",  # a ratio or logarithm of a measure that is not declared positive
    "error",  # the reduction raised; the message says what
]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Outcome of one claim with its effect, interval, p-values and scope.

    Attributes:
        claim: id of the claim.
        outcome, reason: one of four, and why, as an enumerated code; `message` where a code is not enough.
        confirmatory: whether it was corrected within its family; an exploratory verdict is a hint.
        effect, low, high: mean over seeds in the claim's unit (sign as measured) and its interval, 95 %
            unless the claim has k legs (then 1 - 0.05 / k, and the numbers of the weakest leg). Failed seeds
            count against whatever was concluded; where nothing was, against the claim. None: not determined.
        p_value, p_adjusted: one-sided in the claimed direction; None for an identity. `p_adjusted` is
            Holm's, and equals `p_value` for an exploratory claim.
        smallest_p: attainable with n seeds.
        n, n_failed: seeds counted, and those among them in which a cell failed, diverged or did not converge.
        n_needed: seeds that would decide with 80 % power, if inconclusive; None where no affordable number
            would.
        scope: data, models and profiles of the rows that decided.
        rules_version: of the rule in `benchmark.stats.rule`.
    """

    claim: str
    outcome: Outcome
    reason: Reason
    message: str = ""
    confirmatory: bool = True
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    smallest_p: float | None = None
    n: int = 0
    n_failed: int = 0
    n_needed: int | None = None
    scope: Scope = field(default_factory=Scope)
    rules_version: str = RULES_VERSION

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON types, in the order of the fields."""
        return asdict(self)


def to_json(verdicts: Iterable[Verdict]) -> str:
    """The same text for the same verdicts, byte for byte."""
    return json.dumps([verdict.as_dict() for verdict in verdicts], indent=1, allow_nan=False) + "\n"
