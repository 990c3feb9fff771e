"""Curves that stand in the records, a row for every point: a thin line for every seed, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout, add_legends, grid
from benchmark.report.figures.kinds.parts import Part, Parts, numbers_of, resolved
from benchmark.report.figures.kinds.select import Text, capitalized, in_full, rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.rows import with_index
from benchmark.report.figures.scales import log_if_positive
from benchmark.report.figures.seeds import draw_curves
from benchmark.report.figures.theme import muted
from benchmark.stats.number import Number

Drawn = list[tuple[Part, pd.DataFrame]]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A panel of curves.

    Attributes:
        number: of which all points are drawn; None where each line has its own.
        label: what the vertical axis says, with its unit.
        shown: from the number to what is drawn, such as `percent`.
        log: a logarithmic axis, and only what is positive, where anything is.
        lines: in place of the figure's.
    """

    number: Number | None = None
    label: str
    shown: Shown = as_it_is
    log: bool = False
    lines: Parts | None = None


@dataclass(frozen=True, kw_only=True)
class Curves(Kind):
    """Numbers over a coordinate of their index, panels for every part of `rows`.

    Attributes:
        x, x_label: the coordinate, "step", and what the axis says.
        panels: what is drawn over it.
        lines: what is drawn in different colours.
        rows: what stands in different rows, or panels where there is one for each.
        marks: where grey lines stand.
        detail: what the title of a row says besides its name.
        layout: of the panels.
    """

    x: str
    x_label: str
    panels: Sequence[Curve]
    lines: Parts = field(default_factory=Part)
    rows: Parts = field(default_factory=Part)
    marks: tuple[float, ...] = ()
    detail: Text = ""
    layout: PanelLayout = field(default_factory=PanelLayout)

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = taken(self, records, numbers_of(self.lines, self.panels))
        groups = resolved(self.rows, rows)
        found = {
            (i, j): drawn
            for i, group in enumerate(groups)
            for j, panel in enumerate(self.panels)
            if (drawn := self._drawn(panel, group.rows(rows), rows))
        }
        if not found:
            return None
        made = grid(found, self.layout)
        for (i, j), axes in made.axes.items():
            self._draw(axes, found[i, j])
            if j == 0:
                said = in_full(self.detail, records, pd.concat([part for _, part in found[i, j]]))
                axes.set_title(capitalized(", ".join(filter(None, (groups[i].label, said)))))
        for (i, j), axes in made.axes.items():  # once all is drawn, since panels may share an axis
            if self.panels[j].log:
                log_if_positive(axes, "y", pd.concat([part["value"] for _, part in found[i, j]]))
            axes.set(xlabel=self.x_label, ylabel=self.panels[j].label if (i, j) in made.leads else "")
        add_legends(made, inside=any(panel.lines is not None for panel in self.panels))
        return made.figure

    def _drawn(self, panel: Curve, of_group: pd.DataFrame, rows: pd.DataFrame) -> Drawn:
        found: Drawn = []
        for line in resolved(self.lines if panel.lines is None else panel.lines, rows, of_group):
            number = line.number or panel.number
            assert number is not None, f"{self.name}: give the panel or its line a number"
            part = rows_of(number, line.rows(of_group))
            if len(part) and len(part := with_index(part, self.x)):
                found.append((line, part.assign(value=panel.shown(part["value"]))))
        return found

    def _draw(self, axes: Axes, drawn: Drawn) -> None:
        for line, part in drawn:
            draw_curves(
                axes, part, x=self.x, y="value", color=line.color, label=line.label, dashed=line.dashed
            )
        for mark in self.marks:
            axes.axvline(mark, color=muted, linewidth=0.9, zorder=0)
