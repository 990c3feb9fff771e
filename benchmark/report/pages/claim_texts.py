"""A claim and its verdict as texts, part by part; all of them together are the fields of a `ClaimSection`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.report.words import wording
from benchmark.report.words.legs import legs_of, shown
from benchmark.report.words.numbers import as_factor, estimate, number, p_value
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.stats.claim import Claim, Scope

Verdict = Mapping[str, Any]


def said_texts(verdict: Verdict, claim: Claim | None) -> dict[str, str]:
    """Return what is claimed, by whom, and by which rule it is decided."""
    is_confirmatory = claim.confirmatory if claim else verdict.get("confirmatory")
    return {
        "statement": _said("statement", verdict, claim),
        "source": _said("source", verdict, claim),
        "unit": _unit(verdict, claim),
        "rule": wording.rule_in_words(claim) if claim else "",
        "kind": "confirmatory" if is_confirmatory else "exploratory",
    }


def outcome_texts(verdict: Verdict) -> dict[str, str]:
    """Return how a claim came out, why, and on what it was decided."""
    outcome, reason = outcome_of(verdict), str(verdict.get("reason", "no_verdict"))
    message = (
        "" if len(legs_of(verdict)) > 1 else str(verdict.get("message", ""))
    )  # whose legs stand as effects
    return {
        "outcome": outcome,
        "outcome_text": wording.outcomes[outcome],
        "reason": wording.reason_in_words(reason, message),
        "few_words": wording.in_few_words.get(reason, "") if is_decided(verdict) else "",
        "scope": wording.scope_in_words(_scope(verdict)),
    }


def effect_texts(verdict: Verdict, claim: Claim | None) -> dict[str, str]:
    """Return the effect with its interval, as it is and as a factor."""
    effect, low, high = (verdict.get(end) for end in ("effect", "low", "high"))
    n_legs = len(claim.legs) if claim else 1
    is_ratio = effect is not None and _unit(verdict, claim) == "log ratio"
    effect_text, interval = estimate(effect, low, high)
    return {
        "effect": effect_text,
        "interval": interval,
        "confidence": f"{100 - 5 / n_legs:.3g} %",  # the legs of a conjunction share the 5 %
        "ratio": as_factor(effect) if is_ratio else "",
        "factor": f"{as_factor(effect)} [{as_factor(low)}, {as_factor(high)}]" if is_ratio else "",
    }


def seed_texts(verdict: Verdict) -> dict[str, str]:
    """Return on how many seeds a verdict rests, and its p-values."""
    decided = is_decided(verdict)
    return {
        "n": str(verdict.get("n", 0)) if decided else "",
        "n_failed": str(verdict.get("n_failed", 0)) if decided else "",
        "n_needed": _needed(verdict),
        "p_value": p_value(verdict.get("p_value")),
        "p_adjusted": p_value(verdict.get("p_adjusted")),
        "smallest_p": number(verdict.get("smallest_p"), 2),
    }


def paper_texts(verdict: Verdict, claim: Claim | None, *, comparable: bool) -> dict[str, str]:
    """Return the paper's number and how it is known; both withheld beside numbers on other data."""
    value, evidence = (_said(name, verdict, claim) for name in ("paper_value", "evidence"))
    is_shown = comparable and bool(value)
    return {
        "paper_value": value if is_shown or not value else wording.withheld,
        "evidence": evidence if is_shown else "",
        "evidence_text": wording.evidence_marks.get(evidence, evidence) if is_shown else "",
    }


def is_decided(verdict: Verdict) -> bool:
    """Tell whether records said anything about the claim."""
    return outcome_of(verdict) != "not_run"


def _said(name: str, verdict: Verdict, claim: Claim | None) -> str:
    """Return what the verdict says, and else what the claim says: a verdict keeps the words it was reached under."""
    return str(verdict.get(name) or getattr(claim, name, "") or "")


def _unit(verdict: Verdict, claim: Claim | None) -> str:
    """Return the unit of the effect: of a conjunction that of the leg which the verdict shows."""
    leg = shown(verdict, legs_of(verdict, claim))
    return leg.unit if leg is not None and leg.unit else _said("unit", verdict, claim)


def _needed(verdict: Verdict) -> str:
    if outcome_of(verdict) != "inconclusive":
        return ""
    n_needed = verdict.get("n_needed")
    return "more than can be afforded" if n_needed is None else str(n_needed)


def _scope(verdict: Verdict) -> Scope:
    return Scope(**{name: tuple(names) for name, names in dict(verdict.get("scope", {})).items()})
