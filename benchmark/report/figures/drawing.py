"""From a figure of a suite to what stands on the page.

Called, it returns a matplotlib `Figure`, or `Surfaces` that the reader can turn, or None where there is nothing to
show. It is one of `benchmark.report.figures.kinds`, or a function: then the first line of its docstring is the title,
the rest the caption.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from benchmark.report.figures.drawn_as import drawn_as
from benchmark.report.figures.said import said_of
from benchmark.report.figures.shows import measures_of
from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme, to_svg
from benchmark.report.words.anchors import figure_anchor

Picture = Figure | Surfaces | None
FigureFunction = Callable[
    [pd.DataFrame, Path], Picture
]  # a suite's own: of the records and the folder of arrays

no_records = "There are no records for this figure in this profile."


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure as it stands on a page.

    Attributes:
        svg: inline.
        surfaces: what the script of the page draws in three dimensions, as JSON, or "".
        drawn_as: how it draws its numbers; "" where it does not say.
    """

    svg: Markup
    surfaces: str = ""
    drawn_as: str = ""

    def told(self, caption: str) -> str:
        """Return a caption with how the figure was drawn."""
        return " ".join(filter(None, (caption, self.drawn_as)))


@dataclass(frozen=True, kw_only=True)
class FigureSection:
    """A figure with its caption, or why there is none.

    Attributes:
        name: in file names and on the terminal.
        anchor: the id of its place on the page.
        title, caption: what it shows.
        svg: the figure; None where `note` says why there is none.
        surfaces: what turns in three dimensions, as JSON, or "".
        shows: names of claims that it shows.
        measures: that it draws; none where that is not known.
    """

    name: str
    anchor: str
    title: str
    caption: str
    svg: Markup | None
    note: str = ""
    surfaces: str = ""
    shows: tuple[str, ...] = ()
    measures: frozenset[str] = frozenset()


def figure_section(
    suite: str, function: Callable[..., Picture], *arguments: Any, check: Callable[[], None] = lambda: None
) -> FigureSection:
    """Return the figure that a function makes of its arguments; a figure that cannot be drawn leaves a hole.

    Args:
        suite: its name.
        function: the figure.
        *arguments: what it is called with.
        check: called before; an error it raises says why the figure cannot be drawn.
    """
    said = said_of(function)
    name = f"{suite}-{said.name}".replace("_", "-")
    section = FigureSection(
        name=said.name,
        anchor=figure_anchor(said.name),
        title=said.title,
        caption=said.caption,
        svg=None,
        note=no_records,
        shows=said.shows,
        measures=measures_of(function),
    )
    try:
        check()
        drawn = draw(lambda: function(*arguments), name=name, title=said.title)
    except Exception as error:  # a suite's own code raises whatever it likes
        return replace(section, note=f"This figure could not be drawn: {type(error).__name__}: {error}")
    if drawn is None:
        return section
    caption = drawn.told(said.caption)
    return replace(section, caption=caption, svg=drawn.svg, surfaces=drawn.surfaces, note="")


def draw(make: Callable[[], Picture], *, name: str, title: str) -> Drawing | None:
    """Draw a figure; None where there is nothing to show.

    Args:
        make: returns the figure.
        name: what ids in the SVG begin with.
        title: what the SVG is called for those who do not see it.
    """
    with theme(), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # a logarithm of zero is a wrong figure, not a warning
        made = make()
        if made is None:
            return None
        if isinstance(made, Surfaces):
            svg = to_svg(made.contours(), name=name, title=title)
            return Drawing(svg=svg, surfaces=made.embedded(), drawn_as=made.drawn_as)
        return Drawing(svg=to_svg(made, name=name, title=title), drawn_as=drawn_as(made))
