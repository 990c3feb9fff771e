"""A matrix of numbers over two factors, or over two coordinates of an index, as colours on one scale."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from benchmark.report.figures.color_bar import draw_color_bar
from benchmark.report.figures.contours import draw_ratio_map
from benchmark.report.figures.drawn_as import draws_as
from benchmark.report.figures.kind import Kind, names_columns
from benchmark.report.figures.kinds.loss_planes import most_complete
from benchmark.report.figures.kinds.panel_layout import PanelLayout, grid
from benchmark.report.figures.kinds.parts import Part, Parts, n_across, resolved
from benchmark.report.figures.kinds.select import capitalized, one_of_each, rows_of, taken, with_coordinate
from benchmark.report.figures.theme import wide
from benchmark.report.figures.titles import entitle
from benchmark.stats.number import Number

most_ticks = 5
most_as_points = (
    5  # a side: so few points of a plane are drawn as points, since cells would claim what lies between
)
beside = 1.2  # inches that the scale takes


@dataclass(frozen=True, kw_only=True)
class Heat(Kind):
    """The mean over seeds of a number, by two factors; a panel for every part, all on one scale with 0.

    Attributes:
        number: which one; with an `aggregate` where a seed has several in one cell, else the figure is left out.
        x, y: columns, or coordinates of the number's index.
        labels: what the axes say, where that is not the name of the column.
        label: what the colours are, with their unit.
        panels: what stands in different panels.
        across: the column whose levels stand side by side.
        one_seed: whether it is of the first of the seeds with most networks, as where the axes are those of a network.

    >>> from benchmark.report.figures.kinds.heat import Heat
    >>> from benchmark.stats.number import Number
    >>> figure = Heat(name="traces", title="The trace by width and depth", caption="After equal epochs.",
    ...               number=Number(measure="hessian_trace"), x="width", y="depth", label="Hessian trace (nats)")
    """

    number: Number
    x: str
    y: str
    label: str
    labels: Mapping[str, str] = field(default_factory=dict)
    panels: Parts = field(default_factory=Part)
    across: str = field(default="", metadata={names_columns: True})
    one_seed: bool = False

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = rows_of(self.number, taken(self, records, [self.number]))
        if self.one_seed and len(rows):
            rows = rows[rows["seed"] == most_complete(rows)]
        for axis, name in (("x", self.x), ("y", self.y)):
            rows = rows if name in rows or rows.empty else with_coordinate(self, axis, rows)
        parts = [part for part in resolved(self.panels, rows) if len(part.rows(rows))]
        if not parts:
            return None
        of_parts = [one_of_each(self.number, part.rows(rows), ["seed", self.x, self.y]) for part in parts]
        tables = [
            one.pivot_table(index=self.x, columns=self.y, values="value", aggfunc="mean") for one in of_parts
        ]
        norm = _scale(tables)
        are_points = self.x not in records and self.y not in records and all(map(_is_small, tables))
        n_columns = min(n_across(rows, self.across), len(parts))
        made = grid(
            [(i, 0) for i in range(len(parts))],
            PanelLayout(n_columns=n_columns, height=(wide - beside) / n_columns),
        )
        for (i, _), axes in made.axes.items():
            cells = _draw(axes, tables[i], norm, points=are_points)
            axes.set(xlabel=self.labels.get(self.x, self.x), ylabel=self.labels.get(self.y, self.y))
        draw_color_bar(cells, list(made.axes.values())[:n_columns], label=self.label)
        entitle(made.figure, {axes: capitalized(parts[i].label) for (i, _), axes in made.axes.items()})
        several = any(one.duplicated([self.x, self.y]).any() for one in of_parts)
        return draws_as(made.figure, "Numbers are means over seeds." if several else "One seed.")


def _scale(tables: list[pd.DataFrame]) -> Normalize:
    """Return the scale of colours that all tables share, 0 on it."""
    least = min(0.0, *(float(table.min().min()) for table in tables))
    most = max(0.0, *(float(table.max().max()) for table in tables))
    return Normalize(least, most if most > least else 1e-6)


def _is_small(table: pd.DataFrame) -> bool:
    return max(table.shape) <= most_as_points


def _draw(axes: Axes, table: pd.DataFrame, norm: Normalize, *, points: bool) -> ScalarMappable:
    """Draw a table (X, Y), its rows to the right and its columns upwards."""
    cells = draw_ratio_map(
        axes,
        np.arange(len(table.index)),
        np.arange(len(table.columns)),
        table.to_numpy(),
        norm,
        absent="none",
        points=points,
    )
    for axis, levels in ((axes.xaxis, table.index), (axes.yaxis, table.columns)):
        places = np.unique(np.linspace(0, len(levels) - 1, min(most_ticks, len(levels))).round().astype(int))
        names = [f"{level:g}" if isinstance(level, float | int) else str(level) for level in levels[places]]
        axis.set_ticks(places, names)
    return cells
