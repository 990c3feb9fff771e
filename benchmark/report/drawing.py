"""From a suite's figure function to what stands on the page.

A figure function takes (records, folder of arrays) and returns a matplotlib `Figure`, or `Surfaces` that the reader can
turn, or None where its records are absent. The first line of its docstring is the title, the rest the caption.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from benchmark.report.figure import theme, to_svg
from benchmark.report.surfaces import Surfaces

FigureFunction = Callable[[pd.DataFrame, Path], Figure | Surfaces | None]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A figure as inline SVG; `surfaces` is what the script of the page draws in three dimensions, as JSON, or ""."""

    svg: Markup
    surfaces: str = ""


def draw(
    function: FigureFunction, records: pd.DataFrame, arrays: Path, *, name: str, title: str
) -> Drawing | None:
    """Draw a suite's figure; None where its records are absent.

    Args:
        function: of the suite.
        records: the tidy table.
        arrays: the folder of arrays.
        name: what ids in the SVG begin with.
        title: what the SVG is called for those who do not see it.
    """
    with theme(), warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # a logarithm of zero is a wrong figure, not a warning
        made = function(records, arrays)
        if made is None:
            return None
        if isinstance(made, Surfaces):
            return Drawing(svg=to_svg(made.contours(), name=name, title=title), surfaces=made.embedded())
        return Drawing(svg=to_svg(made, name=name, title=title))
