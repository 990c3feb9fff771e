"""A dot for every network: one number against another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.panels import figure_of_panels, found_panels
from benchmark.report.figures.kinds.parts import Part, Parts, labelled, resolved
from benchmark.report.figures.kinds.select import Where, chosen, one_of_each, rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.rows import joined
from benchmark.report.figures.theme import log_axis, muted
from benchmark.stats.number import Number

markers = "osD^v*"


@dataclass(frozen=True, kw_only=True)
class Dots:
    """A panel: a number on either axis.

    Attributes:
        x, y: the numbers; with an `aggregate` where a network has several, else the figure is left out.
        x_label, y_label: what the axes say, with units.
        x_shown, y_shown: from a number to what is drawn, such as `percent`.
        log_x, log_y: logarithmic axes, where anything is positive; the panel says how many dots are not.
        title: above the panel, after the name of its row.
        where: rows of this panel.
    """

    x: Number
    y: Number
    x_label: str
    y_label: str
    x_shown: Shown = as_it_is
    y_shown: Shown = as_it_is
    log_x: bool = False
    log_y: bool = False
    title: str = ""
    where: Where = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Scatter(Kind):
    """Two numbers of the same networks against each other, a row of panels for every part of `rows`.

    Attributes:
        panels: which numbers.
        lines: what is drawn in different colours.
        marks: what is drawn with different markers; None for one.
        rows: what stands in different rows.
        whole: whether it is left out where one of its panels is empty, since they are there for the contrast.
        layout: of the panels.

    >>> from benchmark.report.figures.kinds.scatter import Dots, Scatter
    >>> from benchmark.stats.number import Number
    >>> trace, error = Number(measure="hessian_trace"), Number(measure="performance", quantity="test_error")
    >>> figure = Scatter(name="error", title="Error against the trace", caption="Every dot is a network.",
    ...                  panels=(Dots(x=trace, x_label="Hessian trace (nats)", y=error, y_label="test error"),))
    """

    panels: Sequence[Dots]
    lines: Parts = field(default_factory=Part)
    marks: Parts = field(default_factory=Part)
    rows: Parts = field(default_factory=Part)
    whole: bool = False
    layout: PanelLayout = field(default_factory=PanelLayout)

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = taken(self, records, [number for panel in self.panels for number in (panel.x, panel.y)])
        groups = resolved(self.rows, rows)
        found = found_panels(groups, self.panels, lambda panel, group: _pairs(panel, group.rows(rows)))
        if not found or (self.whole and len(found) < len(groups) * len(self.panels)):
            return None
        parts = self._parts(pd.concat(list(found.values())))
        return figure_of_panels(
            found, groups, self.panels, self.layout,
            draw=lambda axes, panel, both: _draw(axes, panel, both, parts), finish=_scale,
            title=lambda panel, *_: panel.title,
        )  # fmt: skip

    def _parts(self, rows: pd.DataFrame) -> list[tuple[Part, str]]:
        """Return what is drawn in one colour with one marker."""
        marks = resolved(self.marks, rows)
        return [
            (labelled(line, by=mark), markers[place % len(markers)])
            for place, mark in enumerate(marks)
            for line in resolved(self.lines, rows)
        ]


def _pairs(panel: Dots, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the dots: `value` upwards, `other` to the right."""
    rows = chosen(rows, panel.where)
    y, x = (one_of_each(number, rows_of(number, rows), ["cells"]) for number in (panel.y, panel.x))
    both = joined(y, x)
    return both.assign(value=panel.y_shown(both["value"]), other=panel.x_shown(both["other"]))


def _logarithmic(panel: Dots, both: pd.DataFrame) -> dict[Literal["x", "y"], str]:
    """Return the axes that are logarithmic, with the columns that stand on them."""
    asked: dict[Literal["x", "y"], str] = {"x": "other"} if panel.log_x else {}
    asked |= {"y": "value"} if panel.log_y else {}
    return asked if len(_positive(both, asked.values())) else {}


def _positive(both: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    return both[(both[[*columns]] > 0).all(axis=1)]


def _draw(axes: Axes, panel: Dots, both: pd.DataFrame, parts: list[tuple[Part, str]]) -> None:
    shown = _positive(both, _logarithmic(panel, both).values())
    for part, marker in parts:
        dots = part.rows(shown)
        if len(dots):
            axes.scatter(
                dots["other"], dots["value"], s=20, marker=marker, color=part.color, alpha=0.75, linewidth=0,
                label=part.label,
            )  # fmt: skip


def _scale(axes: Axes, panel: Dots, both: pd.DataFrame) -> None:
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label)
    logarithmic = _logarithmic(panel, both)
    for which in logarithmic:
        log_axis(axes, which)
    columns = [*logarithmic.values()]
    left_out = both[(both[columns] <= 0).any(axis=1)]
    if len(left_out):
        is_below = bool((left_out[columns] < 0).any(axis=None))
        axes.text(
            0.98, 0.02, f"{len(left_out)} {'at or below' if is_below else 'at'} 0 not shown", ha="right", va="bottom",
            transform=axes.transAxes, color=muted, size="small",
        )  # fmt: skip
