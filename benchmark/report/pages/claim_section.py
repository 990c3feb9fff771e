"""One claim of the report: its verdict, the rule, and the rows behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmark.report.figures import forest
from benchmark.report.figures.drawing import FigureSection
from benchmark.report.figures.shows import is_shown
from benchmark.report.pages.arm_tables import factors_of
from benchmark.report.pages.claim_rows import rows_behind, rows_table
from benchmark.report.pages.claim_texts import (
    effect_texts,
    is_decided,
    outcome_texts,
    paper_texts,
    said_texts,
    seed_texts,
)
from benchmark.report.pages.matrix_section import MatrixSection, matrix_section
from benchmark.report.pages.suite_results import SuiteResults
from benchmark.report.words.anchors import claim_anchor
from benchmark.report.words.html_table import Table
from benchmark.report.words.legs import legs_of, texts_of
from benchmark.report.words.ranking import rank
from benchmark.report.words.rounding import of_claim
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.stats.claim import Claim


@dataclass(frozen=True, kw_only=True)
class ClaimSection:
    """A claim with its verdict as texts; `bars` are its rows in the forest plot, one for each leg that has a scale.

    `is_elsewhere` says that it is about other data or models than have run, and so neither decided nor missing;
    `is_tuned`, that it is about hyperparameters that a sweep has found; `cells` are the keys of those behind a verdict;
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
    is_tuned: bool
    reason: str
    few_words: str
    kind: str
    effect: str
    interval: str
    legs: tuple[tuple[str, str, str], ...]
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
    rounding: str
    paper_value: str
    evidence: str
    evidence_text: str
    scope: str
    command: str
    cells: tuple[str, ...]
    bars: tuple[forest.Bar, ...]
    rows: Table
    matrix: MatrixSection | None
    figures: tuple[tuple[str, str], ...]


def claim_sections(
    results: SuiteResults, *, comparable: bool, command: str, figures: Sequence[FigureSection] = ()
) -> list[ClaimSection]:
    """Return the claims of a suite, the most surprising and certain first (`words.ranking`).

    Args:
        results: of the suite.
        figures: of the suite, which say what they show.
        comparable: whether a paper's number may stand beside numbers on these data.
        command: that runs the suite again.
    """
    claims = {claim.id: claim for claim in results.claims}
    names = sorted(
        dict.fromkeys([*claims, *results.verdicts]),
        key=lambda name: rank(results.verdicts.get(name) or {}, claims.get(name)),
    )
    among = () if results.records is None else factors_of(results.records)
    return [
        _section(
            name,
            claims.get(name),
            results,
            comparable=comparable,
            command=command,
            figures=_figures(name, claims, figures),
            among=among,
        )
        for name in names
    ]


def _section(
    name: str,
    claim: Claim | None,
    results: SuiteResults,
    *,
    comparable: bool,
    command: str,
    figures: tuple[tuple[str, str], ...],
    among: Sequence[str],
) -> ClaimSection:
    verdict: Mapping[str, Any] = results.verdicts.get(name) or {}
    rows = rows_behind(results.records, claim)
    is_tuned = claim is not None and bool(claim.tuned_of)
    return ClaimSection(
        id=name,
        anchor=claim_anchor(name),
        **said_texts(verdict, claim),
        **outcome_texts(verdict),
        **effect_texts(verdict, claim),
        **seed_texts(verdict),
        **paper_texts(verdict, claim, comparable=comparable),
        rounding=of_claim(results.twins, name),
        is_elsewhere=not is_decided(verdict) and verdict.get("reason") == "out_of_scope",
        is_tuned=is_tuned,
        command=again(command, results.name, is_tuned=is_tuned),
        cells=tuple(sorted(_keys(rows))) if is_decided(verdict) else (),
        legs=texts_of(legs_of(verdict, claim)),
        bars=bars_of(claim, verdict),
        rows=rows_table(rows, claim, among),
        matrix=matrix_section(results.matrices.get(name)),
        figures=figures,
    )


def _keys(rows: pd.DataFrame | None) -> set[str]:
    """Return the keys of the cells in rows."""
    return set() if rows is None else {key for cells in rows["cells"].map(tuple).unique() for key in cells}


def _figures(
    name: str, claims: Mapping[str, Claim], figures: Sequence[FigureSection]
) -> tuple[tuple[str, str], ...]:
    """Return (title, anchor) of the figures that show a claim; where none shows a tuned arm, those of the fixed one."""
    claim = claims.get(name)
    if claim is None:
        return ()
    drawn = [one for one in figures if one.svg]
    found = tuple((one.title, one.anchor) for one in drawn if is_shown(claim, one.shows, one.measures))
    if found or not claim.tuned_of:
        return found
    return tuple(
        (f"{title} (fixed arm)", anchor) for title, anchor in _figures(claim.tuned_of, claims, figures)
    )


def again(command: str, suite: str, *, is_tuned: bool) -> str:
    """Return the commands that reach a verdict again; the winners of a tuned arm have to be found first."""
    sweep = command.replace("lossbench run ", "lossbench sweep ", 1)
    first = f"{sweep} && " if is_tuned else ""
    return f"{first}{command} && lossbench judge {suite}"


def bars_of(claim: Claim | None, verdict: Mapping[str, Any]) -> tuple[forest.Bar, ...]:
    """Return the claim's rows in the forest plot: of a conjunction one for each leg, in its own smallest effect."""
    known = () if claim is None else claim.legs
    legs = legs_of(verdict, claim)
    if len(legs) < len(known) and len({(leg.direction, leg.smallest_effect) for leg in known}) > 1:
        return ()  # which of the legs the numbers are of is not told
    made = (
        forest.bar(effect=found.effect, low=found.low, high=found.high, outcome=outcome_of(verdict), leg=leg)
        for found, leg in zip(legs, known, strict=False)
    )
    return tuple(bar for bar in made if bar is not None)
