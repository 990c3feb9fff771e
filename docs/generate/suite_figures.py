"""The figures of a suite, drawn from published records as files that follow the theme of the page around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

import benchmark.report.pages
from benchmark.report.figures.drawing import FigureFunction, draw
from benchmark.report.figures.said import said_of
from benchmark.report.figures.theme import colors
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.results import records as tidy
from benchmark.results.published import Published
from benchmark.suite.folder import SuiteFolder

pair = re.compile(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)")
largest = 400_000  # bytes; what is committed stays small
fonts = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif'


@dataclass(frozen=True, kw_only=True)
class SuiteFigure:
    """A figure with its caption; `svg` is empty where published records do not suffice to draw it."""

    name: str
    title: str
    caption: str
    svg: str


def shown(folder: SuiteFolder, known: Sequence[Published]) -> Published | None:
    """Return the published result whose records are drawn: evidence that decides claims, else the baseline or first."""
    own = [one for one in known if folder.name in one.suites]
    return next((one for one in own if _decides(one, folder.name)), own[0] if own else None)


def _decides(one: Published, suite: str) -> bool:
    """Whether a published result is evidence, and decides a claim of the suite, as `Column.is_evidence` asks it."""
    outcomes = (outcome_of(verdict) for verdict in one.verdicts.get(suite, {}).values())
    return is_evidence(one, suite) and any(outcome != "not_run" for outcome in outcomes)


def is_evidence(one: Published, suite: str) -> bool:
    """Whether a published result is more than a regression check of the code."""
    return one.provenance[suite].get("profile") != "ci"


def svgs(folder: SuiteFolder, known: Sequence[Published]) -> list[SuiteFigure]:
    """Return every figure of a suite, drawn from published records; arrays are not published, so that some are not."""
    one = shown(folder, known)
    table = None if one is None else one.path / "results" / folder.name
    records = None if table is None else tidy.read(table / "records.parquet")
    return [_figure(folder, function, records, table) for function in folder.figures]


def _figure(
    folder: SuiteFolder, function: FigureFunction, records: pd.DataFrame | None, table: Path | None
) -> SuiteFigure:
    said = said_of(function)
    name = f"{folder.name}-{said.name}".replace("_", "-")
    svg, caption = "", said.caption
    if records is not None and table is not None:
        drawn = draw(lambda: function(records, table / "arrays"), name=name, title=said.title)
        if drawn and len(drawn.svg) <= largest:
            svg, caption = _standing_alone(str(drawn.svg)), drawn.told(said.caption)
    return SuiteFigure(name=name, title=said.title, caption=caption, svg=svg)


def _standing_alone(svg: str) -> str:
    """Return an SVG that stood inside a page as a file: with its size, its fonts and both palettes."""
    found = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', svg)
    assert found is not None
    size = f'xmlns="http://www.w3.org/2000/svg" width="{found[1]}pt" height="{found[2]}pt"'
    light, dark = (";".join(f"--{name}:{pair[i]}" for name, pair in palette().items()) for i in (0, 1))
    rules = [
        "*{stroke-linejoin:round}",
        f"text{{font-family:{fonts}}}",
        f"svg{{{light}}}",
        f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}",
    ]
    style = f"<style>{''.join(rules)}</style>"
    return re.sub(r"^<svg ([^>]*)>", rf"<svg {size} \1>{style}", svg) + "\n"


@cache
def palette() -> dict[str, tuple[str, str]]:
    """Return the colours of figures by name, light and dark, from the style of the report."""
    style = (Path(benchmark.report.pages.__path__[0]) / "page.css").read_text(encoding="utf-8")
    return {name: (light, dark) for name, light, dark in pair.findall(style) if name in colors}
