"""Curves that stand in the records, a row for every point: a thin line for every seed, and their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.drawn_as import draws_as
from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.panels import figure_of_panels, found_panels
from benchmark.report.figures.kinds.parts import Part, Parts, numbers_of, resolved
from benchmark.report.figures.kinds.select import Text, in_full, one_of_each, rows_of, taken, with_coordinate
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.scales import log_if_positive
from benchmark.report.figures.seeds import draw_curves
from benchmark.report.figures.theme import muted
from benchmark.stats.number import Number

Drawn = list[tuple[Part, pd.DataFrame]]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A panel of curves.

    Attributes:
        number: of which all points are drawn, with an `aggregate` where a seed has several at one point; None where
            each line has its own.
        label: what the vertical axis says, with its unit.
        shown: from the number to what is drawn, such as `percent`.
        log: a logarithmic axis where all is positive.
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

    >>> from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
    >>> from benchmark.stats.number import Number
    >>> loss = Curve(number=Number(measure="history", quantity="loss"), label="training loss (nats)", log=True)
    >>> figure = Curves(name="training", title="The loss in training", caption="At one learning rate.",
    ...                 x="step", x_label="optimizer step", panels=(loss,))
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
        found = found_panels(
            groups, self.panels, lambda panel, group: self._drawn(panel, group.rows(rows), rows)
        )

        def title(_: Curve, drawn: Drawn, is_first: bool) -> str:
            return in_full(self.detail, records, _together(drawn)) if is_first else ""

        figure = figure_of_panels(
            found, groups, self.panels, self.layout, draw=self._draw, finish=self._finish, title=title
        )
        return draws_as(figure, self._drawn_as([part for drawn in found.values() for _, part in drawn]))

    def _drawn(self, panel: Curve, of_group: pd.DataFrame, rows: pd.DataFrame) -> Drawn:
        found: Drawn = []
        for line in resolved(self.lines if panel.lines is None else panel.lines, rows, of_group):
            number = line.number or panel.number
            assert number is not None, f"{self.name}: give the panel or its line a number"
            part = rows_of(number, line.rows(of_group))
            if len(part) and len(part := with_coordinate(self, "x", part)):
                part = one_of_each(number, part, ["seed", self.x])
                found.append((line, part.assign(value=panel.shown(part["value"]))))
        return found

    def _drawn_as(self, parts: Sequence[pd.DataFrame]) -> str:
        n_seeds = [part["seed"].nunique() for part in parts]
        if max(n_seeds, default=0) < 2:
            return "A line is a single seed."
        ends = any((part.groupby(self.x).size() < n).any() for part, n in zip(parts, n_seeds, strict=True))
        return (
            f"Thin lines are seeds, thick ones their mean{' where all seeds have a value' if ends else ''}."
        )

    def _draw(self, axes: Axes, _: Curve, drawn: Drawn) -> None:
        for line, part in drawn:
            draw_curves(
                axes, part, x=self.x, y="value", color=line.color, label=line.label, dashed=line.dashed
            )
        for mark in self.marks:
            axes.axvline(mark, color=muted, linewidth=0.9, zorder=0)

    def _finish(self, axes: Axes, panel: Curve, drawn: Drawn) -> None:
        if panel.log:
            log_if_positive(axes, "y", _together(drawn)["value"])
        axes.set(xlabel=self.x_label, ylabel=panel.label)


def _together(drawn: Drawn) -> pd.DataFrame:
    return pd.concat([part for _, part in drawn])
