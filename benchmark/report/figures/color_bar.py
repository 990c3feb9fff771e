"""The scale of colours beside panels that share it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.contour import QuadContourSet
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmark.report.figures.levels import level_text
from benchmark.report.figures.titles import text_width

most_ticks = 9
point_length = 0.04  # of the bar's


def draw_color_bar(mappable: ScalarMappable, axes: Any, *, label: str) -> Colorbar:
    """Draw the scale of colours beside the last of the axes that share it, as tall as that.

    The levels of contours are its ticks, as many as have room; it ends in a point where a surface goes beyond them.

    Args:
        mappable: what `draw_contours` or `draw_ratio_map` returned.
        axes: one axes or all that share the scale, the one at the right last.
        label: the quantity with its unit, "training loss (nats per example)".
    """
    panels: list[Axes] = list(np.ravel(axes))
    place = panels[-1].inset_axes(
        (1.04, 0.0, 0.05, 1.0)
    )  # within the panel's own height, which is not the cell's
    figure = panels[-1].get_figure(root=True)
    assert figure is not None
    if isinstance(mappable, QuadContourSet):
        bar = figure.colorbar(mappable, cax=place, extendfrac=_points(mappable, panels))
        levels = list(mappable.levels)
        bar.ax.yaxis.set_major_locator(FixedLocator(levels[:: -(-len(levels) // most_ticks)]))
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: level_text(value)))
    else:
        bar = figure.colorbar(mappable, cax=place)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_minor_locator(NullLocator())
    bar.ax.tick_params(length=2.5)
    bar.set_label(label if text_width(label) <= _row_height(panels[-1]) else label.replace(" (", "\n("))
    return bar


def _row_height(panel: Axes) -> float:
    """Return the height of a row of panels, in inches."""
    figure, place = panel.get_figure(root=True), panel.get_subplotspec()
    assert figure is not None
    return figure.get_figheight() / (1 if place is None else place.get_gridspec().nrows)


def _points(mappable: Any, panels: list[Axes]) -> tuple[float, float]:
    """Return the lengths of the points at both ends: none where no surface goes beyond the levels."""
    surfaces: list[Any] = [
        each
        for axes in panels
        for each in axes.collections
        if isinstance(each, QuadContourSet) and each.filled
    ]
    is_below = any(each.zmin < mappable.levels[0] for each in surfaces)
    is_above = any(each.zmax > mappable.levels[-1] for each in surfaces)
    return point_length * is_below, point_length * is_above
