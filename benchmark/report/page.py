"""The report: one HTML page that works offline, its Markdown twin, and the tables as CSV."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from benchmark.files import write_atomic
from benchmark.report import csv_files, forest, markdown, surfaces, wording
from benchmark.report.results import SuiteResults, read
from benchmark.report.suite_section import SuiteSection, suite_section
from benchmark.suite import SuiteFolder
from benchmark.workspace import Workspace

here = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class ReportPaths:
    """Where the report was written."""

    html: Path
    markdown: Path
    csv: tuple[Path, ...]


def write_report(workspace: Workspace, suites: Sequence[SuiteFolder]) -> ReportPaths:
    """Write `reports/latest` from `results/`; equal results give equal bytes.

    Suites without results, claims without verdicts and files that cannot be read are shown as such.
    """
    folder = workspace.reports / "latest"
    results = [read(suite, workspace.results) for suite in suites]
    sections = [suite_section(one) for one in results]
    plotly = surfaces.plotly_script() if _has_surfaces(sections) else None
    files = {
        "index.html": render_html(sections, has_plotly=plotly is not None).encode(),
        "index.md": render_markdown(sections).encode(),
    }
    files |= {} if plotly is None else {surfaces.script_name: plotly}
    tables = csv_tables(results)
    written = {folder / name for name in files | tables}
    for stale in {*folder.glob("*.csv"), *folder.glob(surfaces.script_name)} - written:
        stale.unlink()
    for name, content in (files | tables).items():
        write_atomic(folder / name, content)
    return ReportPaths(
        html=folder / "index.html", markdown=folder / "index.md", csv=tuple(folder / name for name in tables)
    )


def render_html(sections: Sequence[SuiteSection], *, has_plotly: bool = True) -> str:
    """Return the page; everything that is not from this package's own files is escaped.

    Args:
        sections: the suites.
        has_plotly: whether plotly's script is beside the page, for the figures that turn. The policy of the page then
            lets its own script load that; nothing else, and nothing from elsewhere.
    """
    loader = jinja2.FileSystemLoader(here)
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.undefined = jinja2.StrictUndefined
    turns = has_plotly and _has_surfaces(sections)
    script = "".join(
        (here / name).read_text(encoding="utf-8") for name in ("page.js", *["surfaces.js"] * turns)
    )
    bars = [claim.bar for section in sections for claim in section.claims if claim.bar]
    axis = forest.axis(bars)
    return environment.get_template("page.html").render(
        **_shared(sections),
        style=Markup((here / "page.css").read_text(encoding="utf-8")),  # noqa: S704 -- this package's own file
        script=Markup(script),  # noqa: S704 -- likewise
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        forest=lambda bar: forest.draw(bar, axis),
        turns=turns,
        missing_plotly=surfaces.missing,
    )


def render_markdown(sections: Sequence[SuiteSection]) -> str:
    """Return the twin for pull requests and terminals: the same words, without the figures."""
    return markdown.environment(here).get_template("page.md").render(**_shared(sections))


def csv_tables(results: Sequence[SuiteResults]) -> dict[str, bytes]:
    """Return the CSV files by name: all verdicts, and the records of every suite that has some."""
    verdicts = [{"suite": one.name, **verdict} for one in results for verdict in one.verdicts.values()]
    tables = {"verdicts.csv": csv_files.verdicts_csv(verdicts)} if verdicts else {}
    return tables | {
        f"{one.name}_records.csv": csv_files.records_csv(one.records)
        for one in results
        if one.records is not None
    }


def _has_surfaces(sections: Sequence[SuiteSection]) -> bool:
    return any(figure.surfaces for section in sections for figure in section.figures)


def _shared(sections: Sequence[SuiteSection]) -> dict[str, object]:
    claims = [claim for section in sections for claim in section.claims]
    counts = Counter(claim.outcome for claim in claims)
    profiles = sorted({section.profile for section in sections if section.profile})
    return {
        "sections": sections,
        "claims": claims,
        "counts": [(name, text, counts[name]) for name, text in wording.outcomes.items()],
        "profiles": profiles,
        "note": wording.regression_note if "ci" in profiles else "",
        "is_empty": not any(section.has_run for section in sections),
    }
