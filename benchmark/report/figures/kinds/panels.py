"""Figures of panels: a row of them for every part of the records; what has nothing to show is left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.kinds.panel_layout import PanelLayout, Place, add_legends, grid
from benchmark.report.figures.kinds.parts import Part
from benchmark.report.figures.kinds.select import capitalized
from benchmark.report.figures.titles import entitle

Panel = TypeVar("Panel")
Content = TypeVar("Content", bound=Sized)


def found_panels(
    rows: Sequence[Part], panels: Sequence[Panel], find: Callable[[Panel, Part], Content]
) -> dict[Place, Content]:
    """Return what is drawn, by place; nothing for a panel of which there is nothing in its row."""
    every = {(i, j): find(panel, part) for i, part in enumerate(rows) for j, panel in enumerate(panels)}
    return {place: content for place, content in every.items() if len(content)}


def figure_of_panels(
    found: Mapping[Place, Content],
    rows: Sequence[Part],
    panels: Sequence[Panel],
    layout: PanelLayout,
    *,
    draw: Callable[[Axes, Panel, Content], None],
    finish: Callable[[Axes, Panel, Content], None],
    title: Callable[[Panel, Content, bool], str],
) -> Figure | None:
    """Return the figure of what was found; None of nothing.

    Args:
        found: see `found_panels`.
        rows: their names stand above the first panel of each.
        panels: those of a row. Where one has lines of its own, every panel has a legend.
        layout: of the panels.
        draw: draws what a panel holds.
        finish: sets scales and names of axes once all is drawn, since panels may share an axis. The name of a vertical
            axis then stays where nothing on its left has the same.
        title: what stands above a panel, after the name of its row; its last argument tells whether that is there.
    """
    if not found:
        return None
    made = grid(found, layout)
    for (i, j), axes in made.axes.items():
        draw(axes, panels[j], found[i, j])
    for (i, j), axes in made.axes.items():
        finish(axes, panels[j], found[i, j])
        if (i, j) not in made.leads:
            axes.set_ylabel("")
    add_legends(made, inside=any(_has_lines(panel) for panel in panels))
    titles = {}
    for (i, j), axes in made.axes.items():
        is_first = j == min(panel for row, panel in found if row == i)
        words = (rows[i].label if is_first else "", title(panels[j], found[i, j], is_first))
        titles[axes] = capitalized(", ".join(filter(None, words)))
    entitle(made.figure, titles)
    return made.figure


def _has_lines(panel: Any) -> bool:
    return getattr(panel, "lines", None) is not None
