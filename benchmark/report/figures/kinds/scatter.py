"""A dot for every network: one number against another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.panels import figure_of_panels, found_panels
from benchmark.report.figures.kinds.parts import Part, Parts, labelled, resolved
from benchmark.report.figures.kinds.select import Where, chosen, rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.rows import joined
from benchmark.report.figures.scales import log_if_positive
from benchmark.stats.number import Number

markers = "osD^v*"


@dataclass(frozen=True, kw_only=True)
class Dots:
    """A panel: a number on either axis.

    Attributes:
        x, y: the numbers.
        x_label, y_label: what the axes say, with units.
        x_shown, y_shown: from a number to what is drawn, such as `percent`.
        log_x, log_y: logarithmic axes where all is positive.
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
            draw=lambda axes, _, both: _draw(axes, both, parts), finish=_scale, title=lambda panel, *_: panel.title,
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
    """Return what is drawn: `value` upwards, `other` to the right."""
    rows = chosen(rows, panel.where)
    both = joined(rows_of(panel.y, rows), rows_of(panel.x, rows))
    both = both.assign(value=panel.y_shown(both["value"]), other=panel.x_shown(both["other"]))
    logarithms = [name for name, is_log in (("value", panel.log_y), ("other", panel.log_x)) if is_log]
    return both[(both[logarithms] > 0).all(axis=1)]


def _draw(axes: Axes, both: pd.DataFrame, parts: list[tuple[Part, str]]) -> None:
    for part, marker in parts:
        dots = part.rows(both)
        if len(dots):
            axes.scatter(
                dots["other"], dots["value"], s=20, marker=marker, color=part.color, alpha=0.75, linewidth=0,
                label=part.label,
            )  # fmt: skip


def _scale(axes: Axes, panel: Dots, both: pd.DataFrame) -> None:
    axes.set(xlabel=panel.x_label, ylabel=panel.y_label)
    if panel.log_x:
        log_if_positive(axes, "x", both["other"])
    if panel.log_y:
        log_if_positive(axes, "y", both["value"])
