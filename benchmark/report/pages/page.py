"""The report: a landing page with the claims board, a page for every suite, a Markdown twin, the tables as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.report.figures import surfaces
from benchmark.report.figures.headline import Headline
from benchmark.report.pages import clocks
from benchmark.report.pages.board import Known
from benchmark.report.pages.board_table import board_rows
from benchmark.report.pages.columns import Column, columns, latest, latest_texts
from benchmark.report.pages.overview import Overview, overview
from benchmark.report.pages.rendering import render_landing, render_markdown, render_suite
from benchmark.report.pages.suite_part import SuitePart, headline_of, suite_parts
from benchmark.report.pages.suite_results import read
from benchmark.report.pages.suite_section import SuiteSection
from benchmark.report.words import csv_files
from benchmark.store.files import write_atomic
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder


@dataclass(frozen=True, kw_only=True)
class ReportPaths:
    """Where the report was written: the landing page, a page for every suite by name, the twin and the tables.

    `left_out` names the figures that are not there, each with its reason.
    """

    html: Path
    pages: dict[str, Path]
    markdown: Path
    csv: tuple[Path, ...]
    left_out: tuple[str, ...]


def write_report(
    workspace: Workspace, suites: Sequence[SuiteFolder], *, n_workers: int | None = None
) -> ReportPaths:
    """Write `reports/latest` from `results/` and what is published; equal results give equal bytes.

    Only `clocks.js`, which DVC leaves aside, tells one run from another.

    Suites without results, claims without verdicts and files that cannot be read are shown as such.

    Args:
        workspace: whose results.
        suites: that have a page.
        n_workers: processes that draw; as many as there are CPUs and suites with results if None.
    """
    folder = workspace.reports / "latest"
    parts = suite_parts(suites, workspace.results, n_workers=n_workers)
    sections = [part.section for part in parts]
    made = _overview(workspace, suites, parts)
    tables = csv_tables(parts, made)
    plotly = surfaces.plotly_script() if any(section.has_surfaces for section in sections) else None
    pages = {
        f"{section.name}.html": render_suite(section, sections, has_plotly=plotly is not None).encode()
        for section in sections
    }
    files = {
        "index.html": render_landing(made, sections, tables=list(tables)).encode(),
        "index.md": render_markdown(made, sections).encode(),
        **pages,
        **tables,
    }
    files |= {} if plotly is None else {surfaces.script_name: plotly}
    files |= {clocks.script_name: clocks.script(_texts(workspace, parts))}
    _write(folder, files)
    return ReportPaths(
        html=folder / "index.html",
        pages={section.name: folder / f"{section.name}.html" for section in sections},
        markdown=folder / "index.md",
        csv=tuple(folder / name for name in tables),
        left_out=tuple(line for section in sections for line in section.left_out),
    )


def _texts(workspace: Workspace, parts: Sequence[SuitePart]) -> dict[str, str]:
    """Return how the runs went, by id of the place on the pages."""
    texts = {name: text for part in parts for name, text in part.run_texts.items()}
    origins = [part.section.origin for part in parts if part.section.origin is not None]
    return texts | latest_texts(workspace, origins, texts)


def csv_tables(parts: Sequence[SuitePart], made: Overview) -> dict[str, bytes]:
    """Return the CSV files by name: the board, all verdicts, matrices and trials, and the records of every suite."""
    verdicts = [
        {"suite": part.section.name, **verdict}
        for part in parts
        for verdict in part.section.verdicts.values()
    ]
    tables: dict[str, Sequence[Mapping[str, Any]]] = {
        "board.csv": board_rows(made.columns),
        "verdicts.csv": verdicts,
        "matrices.csv": [row for part in parts for row in part.matrices],
        "trials.csv": [row for part in parts for row in part.trials],
    }
    return {name: csv_files.rows_csv(rows) for name, rows in tables.items() if rows} | {
        f"{part.section.name}_records.csv": part.records for part in parts if part.records is not None
    }


def _overview(workspace: Workspace, suites: Sequence[SuiteFolder], parts: Sequence[SuitePart]) -> Overview:
    sections = [part.section for part in parts]
    origins = [section.origin for section in sections if section.origin is not None]
    verdicts = {section.name: section.verdicts for section in sections if section.verdicts}
    known = [
        (section.name, section.title, _known(section, folder))
        for section, folder in zip(sections, suites, strict=True)
    ]
    every = columns(workspace, suites, origins=origins, verdicts=verdicts)
    headlines = {(latest, part.section.name): part.headline for part in parts if part.headline is not None}
    return overview(every, known, sections, headlines | _headlines(workspace, suites, every))


def _headlines(
    workspace: Workspace, suites: Sequence[SuiteFolder], every: Sequence[Column]
) -> dict[tuple[str, str], Headline]:
    """Return the pictures of published evidence, by column and suite."""
    found = {
        (column.name, folder.name): headline_of(read(folder, workspace.reports / column.name / "results"))
        for column in every
        if column.is_evidence and column.name != latest
        for folder in suites
        if folder.name in column.verdicts
    }
    return {place: one for place, one in found.items() if one is not None}


def _known(section: SuiteSection, folder: SuiteFolder) -> list[Known]:
    try:
        claims = {claim.id: claim for claim in folder.claims}
    except Exception:  # a suite's own code raises whatever it likes; its page says so
        claims = {}
    return [
        Known(
            id=claim.id,
            statement=claim.statement,
            unit=claim.unit,
            kind=claim.kind,
            claim=claims.get(claim.id),
        )
        for claim in section.claims
    ]


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a report, and remove those of an earlier one that it no longer has."""
    stale = {path for kind in ("*.csv", "*.html", surfaces.script_name) for path in folder.glob(kind)}
    for path in stale - {folder / name for name in files}:
        path.unlink()
    for name, content in files.items():
        write_atomic(folder / name, content)
