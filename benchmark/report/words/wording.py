"""Verdicts in words: outcomes, reasons, rules, and how the paper's number is known."""

from __future__ import annotations

from benchmark.stats.claim import Claim, Leg, Scope

outcomes = {
    "reproduced": "reproduced",
    "contradicted": "contradicted",
    "inconclusive": "inconclusive",
    "not_run": "not run",
}

reasons = {
    "shown": "significant as claimed, and on the right side of the smallest effect that matters",
    "opposite": "significant in the opposite direction",
    "too_small": "the whole interval lies below the smallest effect that matters",
    "too_large": "a difference beyond the margin is significant",
    "identity_broken": "at least one seed lies outside the tolerance",
    "too_few_seeds": "so few seeds cannot reach p = 0.05 within their family of claims",
    "cells_failed": "failed cells count as the worst case, and with them nothing is decided",
    "interval_crosses_zero": "the interval contains zero: either sign is possible",
    "interval_crosses_margin": "the interval crosses the margin of no difference",
    "below_smallest_effect": "significant, but the estimate is smaller than what matters",
    "not_significant": "the interval is clear of zero, but the adjusted p-value is not small enough",
    "data_missing": "the records lack rows or columns that the claim reads",
    "out_of_scope": "no record has data, model and profile that can decide the claim",
    "ambiguous_rows": "several rows stand where one number is compared",
    "not_positive": "a ratio or logarithm of a number that is not positive",
    "error": "the reduction of the records to one number per seed failed",
    "no_verdict": "not judged yet",
}

in_few_words = {  # under a badge that is not "reproduced"
    "opposite": "opposite sign",
    "too_small": "effect too small",
    "too_large": "difference too large",
    "identity_broken": "outside the tolerance",
    "too_few_seeds": "too few seeds",
    "cells_failed": "failed cells",
    "interval_crosses_zero": "interval crosses zero",
    "interval_crosses_margin": "interval crosses the margin",
    "below_smallest_effect": "estimate too small",
    "not_significant": "p not small enough",
}

evidence_marks = {
    "read": "read in the paper",
    "secondary": "from a secondary source",
    "memory": "from memory, unconfirmed",
}

regression_note = (
    "Results of the profile ci are regression checks, not evidence: its settings were chosen because they show the "
    "effect, on small cells. They tell whether the code still finds it, and nothing for or against a paper."
)

withheld = "not shown: these data are not the paper's"


def reason_in_words(code: str, message: str = "") -> str:
    """Return the sentence for a reason code, with the verdict's own message where there is one."""
    sentence = reasons.get(code, code)
    return f"{sentence} ({message})" if message else sentence


def rule_in_words(claim: Claim) -> str:
    """Return the rule that decides a claim, with its numbers."""
    legs = "; and ".join(_leg_in_words(leg) for leg in claim.legs)
    if not claim.corrected:
        kind = "exploratory, p not corrected" if not claim.confirmatory else "exact, outside the correction"
    else:
        kind = (
            "confirmatory, p adjusted by Holm over the claims of this suite that were fixed together with it, its "
            f"family {claim.family}"
        )
    return f"Reproduced if {legs} ({kind})."


def scope_in_words(scope: Scope) -> str:
    """Return a scope as `data · models · profile`; empty if it names nothing."""
    return " · ".join(", ".join(names) for names in (scope.data, scope.models, scope.profiles) if names)


def _leg_in_words(leg: Leg) -> str:
    effect = f"{leg.smallest_effect:.3g} {leg.unit}"
    if leg.direction == "identity":
        return f"every seed lies within {effect} of zero"
    if leg.direction == "equal":
        return f"the mean over seeds lies within ±{effect}, shown by two one-sided sign-flip tests at adjusted p ≤ 0.05"
    bound = f"at least +{effect}" if leg.direction == "greater" else f"at most −{effect}"
    return f"the mean over seeds is {bound}, with adjusted p ≤ 0.05 in the one-sided sign-flip test"
