"""The picture of a suite in small: the first panel of its first figure, as it stands among others on the first page."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec

from benchmark.report.figures.drawing import FigureFunction
from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.said import said_of
from benchmark.report.figures.theme import theme, to_svg
from benchmark.report.words.anchors import figure_anchor

size = (4.1, 2.75)  # inches: a third of the page's width, at the page's text size


@dataclass(frozen=True, kw_only=True)
class Headline:
    """A picture, its title, and where the whole figure stands on its suite's page."""

    title: str
    anchor: str
    svg: Markup


def headline(
    suite: str, figures: Sequence[FigureFunction], records: pd.DataFrame, arrays: Path
) -> Headline | None:
    """Return the first figure with axes that can be drawn, in small; None where there is none."""
    for function in figures:
        said = said_of(function)
        try:
            svg = _small(
                function, records, arrays, name=f"headline-{suite}".replace("_", "-"), title=said.title
            )
        except Exception:  # a suite's own code raises what it likes; its page says so
            svg = None
        if svg is not None:
            return Headline(title=said.title, anchor=figure_anchor(said.name), svg=svg)
    return None


def _small(
    function: FigureFunction, records: pd.DataFrame, arrays: Path, *, name: str, title: str
) -> Markup | None:
    """Return a figure in small; None for one without axes, and for surfaces, which want room."""
    with theme(), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        made = function(records, arrays)
        if not isinstance(made, Figure) or not made.axes:
            return None
        return to_svg(first_panel(made), name=name, title=title)


def first_panel(figure: Figure) -> Figure:
    """Return a figure with its first visible panel alone, and a legend of what that shows."""
    shown = [axes for axes in figure.axes if axes.get_visible()]
    for axes in [one for one in figure.axes if one is not shown[0]]:
        axes.remove()
    for legend in list(figure.legends):
        legend.remove()
    (panel,) = shown[:1]
    panel.set_subplotspec(GridSpec(1, 1, figure=figure)[0, 0])
    panel.tick_params(labelbottom=True, labelleft=True)
    figure.set_size_inches(*size)
    if panel.get_legend() is None:
        legend_below(figure, n_columns=2)
    return figure
