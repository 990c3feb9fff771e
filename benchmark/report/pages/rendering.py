"""From what the pages say to HTML: templates, styles and scripts of this package, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markupsafe import Markup

from benchmark.report.figures import forest, surfaces
from benchmark.report.pages.overview import Overview
from benchmark.report.pages.suite_section import SuiteSection
from benchmark.report.words import markdown, ranking, wording
from benchmark.results.links import mlflow_link

here = Path(__file__).parent
styles = ("page.css", "board.css", "print.css")


def render_landing(overview: Overview, sections: Sequence[SuiteSection], *, tables: Sequence[str]) -> str:
    """Return the landing page: what was found, the claims board, and the way to everything else.

    Args:
        overview: what was found, and the claims board.
        sections: the suites.
        tables: names of the CSV files beside the page.
    """
    return _render(
        "landing.html",
        overview=overview,
        sections=sections,
        tables=tables,
        **_notes(sections),
        **_script(False),
    )


def render_suite(section: SuiteSection, sections: Sequence[SuiteSection], *, has_plotly: bool = True) -> str:
    """Return the page of a suite.

    Args:
        section: the suite.
        sections: all suites, to go to.
        has_plotly: whether plotly's script is beside the page, for the figures that turn. The policy of the page then
            lets its own script load that; nothing else, and nothing from elsewhere.
    """
    turns = has_plotly and section.has_surfaces
    axis = forest.axis([bar for claim in section.claims for bar in claim.bars])
    return _render(
        "suite.html",
        section=section,
        sections=sections,
        note=wording.regression_note if section.profile == "ci" else "",
        forest=lambda bar: forest.draw(bar, axis),
        missing_plotly=surfaces.missing,
        order=ranking.in_words,
        runs=mlflow_link(section.name, section.profile, kind="suite") if section.has_run else "",
        **_script(turns),
    )


def render_markdown(overview: Overview, sections: Sequence[SuiteSection]) -> str:
    """Return the twin for pull requests and terminals: the same words, without the figures."""
    template = markdown.environment(here).get_template("page.md")
    return template.render(overview=overview, sections=sections, **_notes(sections))


def _render(template: str, **context: object) -> str:
    """Return a page; everything that is not from this package's own files is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.undefined = jinja2.StrictUndefined
    style = "".join(_own(name) for name in styles)
    return environment.get_template(template).render(style=Markup(style), **context)  # noqa: S704 -- our own files


def _script(turns: bool) -> dict[str, object]:
    """Return the script of a page and its hash, by which the page's policy admits it."""
    script = "".join(_own(name) for name in ("page.js", *["surfaces.js"] * turns))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return {"script": Markup(script), "script_hash": digest, "turns": turns}  # noqa: S704 -- our own files


def _own(name: str) -> str:
    return (here / name).read_text(encoding="utf-8")


def _notes(sections: Sequence[SuiteSection]) -> dict[str, object]:
    return {
        "note": wording.regression_note,
        "order": ranking.in_words,
        "is_empty": not any(section.has_run for section in sections),
    }
