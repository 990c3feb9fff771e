"""One suite of the report, made from its results: pure, apart from the arrays that figures read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmark.report.figures.drawing import FigureSection, figure_section
from benchmark.report.figures.named_columns import check_columns
from benchmark.report.pages.arm_tables import arms_tables, factors_of, failures_table
from benchmark.report.pages.claim_section import ClaimSection, claim_sections
from benchmark.report.pages.clocks import clock_of, run_lines
from benchmark.report.pages.missing_networks import with_missing
from benchmark.report.pages.provenance_section import (
    data_of,
    data_table,
    is_published,
    provenance_table,
    summary,
)
from benchmark.report.pages.suite_results import SuiteResults
from benchmark.report.pages.sweep_section import SweepSection, sweep_section
from benchmark.report.words.html_table import Table
from benchmark.report.words.origin import Origin, models_of, origin_of
from benchmark.results.provenance import platform_of

most_open = 3  # figures; the others are folded


@dataclass(frozen=True, kw_only=True)
class SuiteSection:
    """A suite as the templates show it; `origin` is None for one that has not run.

    `clock` begins the ids of the places for what is not hashed; `run_lines` are the last words of those that stand line
    by line.
    """

    name: str
    title: str
    question: str
    sources: tuple[str, ...]
    profile: str
    command: str
    origin: Origin | None
    verdicts: Mapping[str, Mapping[str, Any]]
    problems: tuple[str, ...]
    claims: tuple[ClaimSection, ...]
    figures: tuple[FigureSection, ...]
    sweep: SweepSection | None
    arms: tuple[Table, ...]
    failures: Table
    data: Table
    provenance: Table
    summary: str
    clock: str
    run_lines: tuple[str, ...] = run_lines

    @property
    def has_run(self) -> bool:
        """Whether there are records."""
        return self.origin is not None

    @property
    def left_out(self) -> list[str]:
        """The figures that could not be drawn, each with its reason, for the terminal."""
        figures = (*self.figures, *(self.sweep.figures if self.sweep is not None else ()))
        return [f"{self.name}/{each.name}: {' '.join(each.note.split())}" for each in figures if each.note]

    @property
    def has_surfaces(self) -> bool:
        """Whether a figure can be turned."""
        return any(figure.surfaces for figure in self.figures)

    @property
    def open_figures(self) -> frozenset[str]:
        """The anchors of figures that stand open: the first that show a claim which was decided here."""
        telling = [
            one for one in self.figures if one.svg and any(claim.cells for claim in self.shown_by(one))
        ]
        drawn = telling or [one for one in self.figures if one.svg]
        return frozenset(one.anchor for one in drawn[:most_open])

    def shown_by(self, figure: FigureSection) -> list[ClaimSection]:
        """Return the claims that a figure shows, those aside that are about other data or models."""
        link = (figure.title, figure.anchor)
        return [claim for claim in self.claims if link in claim.figures and not claim.is_elsewhere]


def suite_section(results: SuiteResults) -> SuiteSection:
    """Return the section of a suite; one that has not run says how to run it."""
    records, origin = results.records, results.provenance
    command = f"lossbench run {results.name}"
    data = data_of(results)
    comparable = all(is_published(name, entry) for name, entry in data.items())
    figures = _figures(results)
    return SuiteSection(
        name=results.name,
        title=results.title,
        question=results.question,
        sources=results.sources,
        profile=results.profile,
        command=command,
        origin=_origin(results) if records is not None else None,
        verdicts=results.verdicts,
        problems=results.problems,
        claims=tuple(claim_sections(results, comparable=comparable, command=command, figures=figures)),
        figures=figures,
        sweep=sweep_section(
            results.name,
            best=results.best,
            pareto=results.pareto,
            claims=results.claims,
            verdicts=results.verdicts,
            provenance=origin,
        ),
        arms=tuple(arms_tables(records)) if records is not None else (),
        failures=failures_table(records, origin),
        data=data_table(data),
        provenance=provenance_table(results),
        summary=summary(origin),
        clock=clock_of(origin),
    )


def _figures(results: SuiteResults) -> tuple[FigureSection, ...]:
    records = results.records
    if records is None:
        return ()
    factors = factors_of(records)
    return tuple(
        with_missing(
            figure_section(
                results.name,
                figure,
                records,
                results.arrays,
                check=partial(check_columns, figure, records.columns, results.other_columns),
            ),
            getattr(figure, "where", {}),
            records,
            factors,
        )
        for figure in results.figures
    )


def _origin(results: SuiteResults) -> Origin:
    return origin_of(
        results.name,
        results.provenance,
        results.verdicts,
        platform=platform_of(results.provenance),
        models=() if results.records is None else models_of(results.records["factors"].unique()),
        clock=clock_of(results.provenance),
        defaults=results.defaults,
    )
