"""One claim of the report: its verdict, the rule, and the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report import forest, wording
from benchmark.report.anchors import claim_anchor
from benchmark.report.claim_rows import rows_behind, rows_table
from benchmark.report.cost import cost_in_words
from benchmark.report.drawing import FigureSection
from benchmark.report.matrix_section import MatrixSection, matrix_section
from benchmark.report.numbers import as_factor, estimate, number, p_value
from benchmark.report.results import SuiteResults
from benchmark.report.shows import is_shown, of_tuned
from benchmark.report.table import Table
from benchmark.stats.claim import Claim, Scope


@dataclass(frozen=True, kw_only=True)
class ClaimSection:
    """A claim with its verdict as texts; `bar` is its row in the forest plot.

    `is_elsewhere` says that it is about other data or models than have run, and so neither decided nor missing;
    `figures` are (title, anchor) of those that show it.
    """

    id: str
    anchor: str
    statement: str
    source: str
    rule: str
    outcome: str
    outcome_text: str
    is_elsewhere: bool
    reason: str
    few_words: str
    kind: str
    effect: str
    interval: str
    confidence: str
    ratio: str
    factor: str
    unit: str
    n: str
    n_failed: str
    n_needed: str
    p_value: str
    p_adjusted: str
    smallest_p: str
    paper_value: str
    evidence: str
    evidence_text: str
    scope: str
    command: str
    cost: str
    bar: forest.Bar | None
    rows: Table
    matrix: MatrixSection | None
    figures: tuple[tuple[str, str], ...]


def claim_sections(
    results: SuiteResults, *, comparable: bool, command: str, figures: Sequence[FigureSection] = ()
) -> list[ClaimSection]:
    """Return the claims of a suite, those that only the verdicts know of last.

    Args:
        results: of the suite.
        figures: of the suite, which say what they show.
        comparable: whether a paper's number may stand beside numbers on these data.
        command: that runs the suite again.
    """
    claims: dict[str, Claim | None] = {claim.id: claim for claim in results.claims}
    claims |= {name: None for name in results.verdicts if name not in claims}
    return [
        _section(
            name, claim, results, comparable=comparable, command=command, figures=_figures(name, figures)
        )
        for name, claim in claims.items()
    ]


def _section(
    name: str,
    claim: Claim | None,
    results: SuiteResults,
    *,
    comparable: bool,
    command: str,
    figures: tuple[tuple[str, str], ...],
) -> ClaimSection:
    verdict: Mapping[str, Any] = results.verdicts.get(name) or {}
    outcome = str(verdict.get("outcome", "not_run"))
    outcome = outcome if outcome in wording.outcomes else "not_run"
    effect, low, high = (verdict.get(end) for end in ("effect", "low", "high"))
    evidence = _said("evidence", verdict, claim)
    paper_value = _said("paper_value", verdict, claim)
    unit = _said("unit", verdict, claim)
    n_legs = len(claim.legs) if claim else 1
    effect_text, interval_text = estimate(effect, low, high)
    is_ratio = effect is not None and unit == "log ratio"
    decided = bool(verdict) and outcome != "not_run"
    rows = rows_behind(results.records, claim)
    keys = () if rows is None else {key for cells in rows["cells"].map(tuple).unique() for key in cells}
    return ClaimSection(
        id=name,
        anchor=claim_anchor(name),
        statement=_said("statement", verdict, claim),
        source=_said("source", verdict, claim),
        rule=wording.rule_in_words(claim) if claim else "",
        outcome=outcome,
        outcome_text=wording.outcomes[outcome],
        is_elsewhere=outcome == "not_run" and verdict.get("reason") == "out_of_scope",
        reason=wording.reason_in_words(
            str(verdict.get("reason", "no_verdict")), str(verdict.get("message", ""))
        ),
        few_words=wording.in_few_words.get(str(verdict.get("reason")), "") if decided else "",
        kind="confirmatory"
        if (claim.confirmatory if claim else verdict.get("confirmatory"))
        else "exploratory",
        effect=effect_text,
        interval=interval_text,
        confidence=f"{100 - 5 / n_legs:.3g} %",  # the legs of a conjunction share the 5 %
        ratio=as_factor(effect) if is_ratio else "",
        factor=f"{as_factor(effect)} [{as_factor(low)}, {as_factor(high)}]" if is_ratio else "",
        unit=unit,
        n=str(verdict.get("n", 0)) if decided else "",
        n_failed=str(verdict.get("n_failed", 0)) if decided else "",
        n_needed=_needed(outcome, verdict.get("n_needed")),
        p_value=p_value(verdict.get("p_value")),
        p_adjusted=p_value(verdict.get("p_adjusted")),
        smallest_p=number(verdict.get("smallest_p"), 2),
        paper_value=paper_value if comparable or not paper_value else wording.withheld,
        evidence=evidence if comparable and paper_value else "",
        evidence_text=wording.evidence_marks.get(evidence, evidence) if comparable and paper_value else "",
        scope=wording.scope_in_words(_scope(verdict)),
        command=_again(name, command, results.name),
        cost=cost_in_words(keys, results.provenance) if decided else "",
        bar=bar_of(claim, verdict, outcome),
        rows=rows_table(rows, claim),
        matrix=matrix_section(results.matrices.get(name)),
        figures=figures,
    )


def _figures(claim: str, figures: Sequence[FigureSection]) -> tuple[tuple[str, str], ...]:
    """Return (title, anchor) of the figures that show a claim; where none shows a tuned arm, those of the fixed one."""
    drawn = [one for one in figures if one.svg]
    found = [(one.title, one.anchor) for one in drawn if is_shown(claim, one.shows)]
    if found or not claim.endswith(of_tuned):
        return tuple(found)
    fixed = claim.removesuffix(of_tuned)
    return tuple((f"{one.title} (fixed arm)", one.anchor) for one in drawn if is_shown(fixed, one.shows))


def _again(claim: str, command: str, suite: str) -> str:
    """Return the commands that reach a verdict again; the winners of a tuned arm have to be found first."""
    sweep = command.replace("lossbench run ", "lossbench sweep ", 1)
    first = f"{sweep} && " if claim.endswith(of_tuned) else ""
    return f"{first}{command} && lossbench judge {suite}"


def bar_of(claim: Claim | None, verdict: Mapping[str, Any], outcome: str) -> forest.Bar | None:
    """Return the claim's row in the forest plot; None for a conjunction whose weakest leg may be of any scale."""
    if claim is None or len({(leg.direction, leg.smallest_effect) for leg in claim.legs}) > 1:
        return None
    effect, low, high = (verdict.get(end) for end in ("effect", "low", "high"))
    return forest.bar(effect=effect, low=low, high=high, outcome=outcome, leg=claim.legs[0])


def _said(name: str, verdict: Mapping[str, Any], claim: Claim | None) -> str:
    """Return what the verdict says, and else what the claim says: a verdict keeps the words it was reached under."""
    return str(verdict.get(name) or getattr(claim, name, "") or "")


def _needed(outcome: str, n_needed: int | None) -> str:
    if outcome != "inconclusive":
        return ""
    return "more than can be afforded" if n_needed is None else str(n_needed)


def _scope(verdict: Mapping[str, Any]) -> Scope:
    return Scope(**{name: tuple(names) for name, names in dict(verdict.get("scope", {})).items()})
