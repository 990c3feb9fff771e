"""Panels in a grid: what is compared stands side by side, and a place without a panel stays empty."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.theme import wide

Place = tuple[int, int]  # the group of cells, the panel of the group
Shared = Literal["none", "x", "y", "both"]
alone = 0.62  # of the page's width, for a single panel
margin = 0.3  # inches, for titles and a legend


@dataclass(frozen=True, kw_only=True)
class PanelLayout:
    """How panels stand.

    Attributes:
        n_columns: panels in a row; the panels of a group if None.
        stacked: whether the panels of a group stand below one another, and the groups side by side.
        height: of a row, in inches.
        share: axes that are the same: for all panels (x), for those of a row (y).
    """

    n_columns: int | None = None
    stacked: bool = False
    height: float = 2.9
    share: Shared = "none"


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A figure with its panels by place."""

    figure: Figure
    axes: dict[Place, Axes]
    leads: frozenset[
        Place
    ]  # panels that no panel of the same number stands left of: these name their vertical axis


def grid(shown: Collection[Place], layout: PanelLayout) -> Grid:
    """Return a figure with axes for the panels that are shown; a group or a panel without any takes no room."""
    groups, panels = (sorted({place[axis] for place in shown}) for axis in (0, 1))
    n_groups, n_panels = len(groups), len(panels)
    n_columns = min(layout.n_columns or n_panels, n_groups if layout.stacked else n_groups * n_panels)
    cells: dict[tuple[int, int], Place] = {}
    for i, group in enumerate(groups):
        for j, panel in enumerate(panels):
            flat = divmod(i * n_panels + j, n_columns)
            cells[(n_panels * (i // n_columns) + j, i % n_columns) if layout.stacked else flat] = (
                group,
                panel,
            )
    n_rows = 1 + max(row for row, _ in cells)
    width = wide if n_columns > 1 else alone * wide
    figure = Figure(figsize=(width, layout.height * n_rows + margin))
    made = figure.subplots(
        n_rows, n_columns, squeeze=False,
        sharex=layout.share in ("x", "both"), sharey="row" if layout.share in ("y", "both") else False,
    )  # fmt: skip
    axes: dict[Place, Axes] = {}
    leads: set[Place] = set()
    for (row, column), one in zip(
        ((r, c) for r in range(n_rows) for c in range(n_columns)), made.flat, strict=True
    ):
        place = cells.get((row, column))
        if place is None or place not in shown:
            one.set_visible(False)
            continue
        axes[place] = one
        left = cells.get((row, column - 1))
        if left is None or left not in shown or left[1] != place[1]:
            leads.add(place)
    return Grid(figure=figure, axes=axes, leads=frozenset(leads))


def add_legends(made: Grid, *, inside: bool) -> None:
    """Name what is drawn: in one legend below all panels, or inside each where their lines are not the same."""
    if not inside:
        legend_below(made.figure, n_columns=5)
        return
    for axes in made.axes.values():
        if axes.get_legend_handles_labels()[1]:
            axes.legend(fontsize="small")
