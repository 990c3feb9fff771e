"""Curves that a measure left as arrays: a thin line for each, their median, and the band of the middle 80 %."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.arrays import Arrays, measure_arrays
from benchmark.report.figures.band import draw_band
from benchmark.report.figures.drawn_as import draws_as
from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.panels import figure_of_panels
from benchmark.report.figures.kinds.parts import Part, Parts, resolved
from benchmark.report.figures.kinds.select import rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.named_columns import refuse
from benchmark.report.figures.scales import linear_from_zero
from benchmark.report.figures.theme import log_axis
from benchmark.stats.number import Number

Drawn = list[tuple[Part, list[Arrays]]]


@dataclass(frozen=True, kw_only=True)
class Band:
    """A panel of curves.

    Attributes:
        array: its name; a curve (A,), or one for every direction (D, A).
        label: what the vertical axis says, with its unit.
        shown: from the array to what is drawn, such as `percent`.
        log: a logarithmic axis; else a linear one with 0.
    """

    array: str
    label: str
    shown: Shown = as_it_is
    log: bool = False


@dataclass(frozen=True, kw_only=True)
class Bands(Kind):
    """Arrays of a measure over another one of them, panels for every part of `rows`.

    Attributes:
        measure: which one, with the options that it must have.
        x, x_label: the array of positions, "alpha", and what the axis says.
        panels: what is drawn over it.
        lines: what is drawn in different colours.
        rows: what stands in different panels.
        one_seed: whether the curves are those of the first seed's networks, as where there are many for a network;
            else a curve is a network.
        layout: of the panels.

    >>> from benchmark.report.figures.kinds.bands import Band, Bands
    >>> from benchmark.stats.number import Number
    >>> loss = Band(array="train_loss", label="training loss (nats)", log=True)
    >>> figure = Bands(name="lines", title="The loss along random lines", caption="A curve is a direction.",
    ...                measure=Number(measure="random_lines"), x="alpha", x_label="alpha", panels=(loss,))
    """

    measure: Number
    x: str
    x_label: str
    panels: Sequence[Band]
    lines: Parts = field(default_factory=Part)
    rows: Parts = field(default_factory=Part)
    one_seed: bool = False
    layout: PanelLayout = field(default_factory=PanelLayout)

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = rows_of(self.measure, taken(self, records, [self.measure]))
        if self.one_seed:
            rows = rows[rows["seed"] == rows["seed"].min()]
        groups = resolved(self.rows, rows)
        of_groups = [self._drawn(group.rows(rows), rows, arrays) for group in groups]
        found = {
            (i, j): drawn for i, drawn in enumerate(of_groups) if drawn for j in range(len(self.panels))
        }  # not by panels, which share what is read
        figure = figure_of_panels(
            found, groups, self.panels, self.layout,
            draw=self._draw, finish=self._finish, title=lambda *_: "",
        )  # fmt: skip
        return draws_as(figure, self._drawn_as([drawn for drawn in of_groups if drawn]))

    def _drawn(self, of_group: pd.DataFrame, rows: pd.DataFrame, arrays: Path) -> Drawn:
        found = []
        for line in resolved(self.lines, rows):
            read = measure_arrays(line.rows(of_group), arrays, self.measure.measure)
            if read:
                self._check_arrays(read[0][1])
                found.append((line, [content for _, content in read]))
        return found

    def _check_arrays(self, content: Arrays) -> None:
        named = {"x": self.x, **{f"panels[{j}].array": panel.array for j, panel in enumerate(self.panels)}}
        for place, name in named.items():
            if name not in content:
                refuse(self, place, name, f"array of {self.measure.measure}", content)

    def _drawn_as(self, of_groups: Sequence[Drawn]) -> str:
        shapes = [
            [np.atleast_2d(content[panel.array]).shape for content in contents]
            for drawn in of_groups for _, contents in drawn for panel in self.panels
        ]  # fmt: skip
        if all(sum(n_curves for n_curves, _ in shape) < 2 for shape in shapes):
            return "A line is a single curve."
        last = ", all of one seed" if self.one_seed else ""
        return f"Thin lines are single curves, thick ones their median; the band holds the middle 80 % of them{last}."

    def _draw(self, axes: Axes, panel: Band, drawn: Drawn) -> None:
        for line, contents in drawn:
            curves = panel.shown(np.vstack([content[panel.array] for content in contents]))
            draw_band(
                axes, contents[0][self.x], curves, color=line.color, label=line.label, dashed=line.dashed
            )

    def _finish(self, axes: Axes, panel: Band, _: Drawn) -> None:
        if panel.log:
            log_axis(axes, "y")
        else:
            linear_from_zero(axes)
        axes.set(xlabel=self.x_label if panel is self.panels[-1] else "", ylabel=panel.label)
