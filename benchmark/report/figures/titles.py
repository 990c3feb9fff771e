"""Titles above panels and names beside them, in as many lines as the size of their panel asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from matplotlib import rcParams
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

beside = 0.75  # inches at the left of a panel, at most, that its ticks and the name of its axis take
points = 72.0  # an inch
above_and_below = 1.2  # inches that a title, ticks, the name of an axis and a legend take, at most, as a rule
beyond = 0.1  # inches by which the name of a vertical axis may be longer than the axis
line_height = 1.3  # of a title, in sizes of its font


def entitle(figure: Figure, titles: Mapping[Axes, str]) -> None:
    """Put a title above each panel of a figure in which all else is drawn; the figure grows by the lines it takes.

    Without this a long title is cut at the edge of the figure, lies on its neighbour, or takes the panel's room; and so
    does the long name of a vertical axis, which is wrapped as well.
    """
    if not all(map(_surely_fits, titles, titles.values())):
        layout = figure.get_layout_engine()
        assert layout is not None
        layout.execute(figure)  # settles the sizes, as they are without titles
        sizes = {axes: axes.get_position().size * figure.get_size_inches() for axes in titles}
        titles = {axes: wrapped(text, sizes[axes][0]) for axes, text in titles.items()}
        for axes, (_, height) in sizes.items():
            label = axes.yaxis.label
            axes.set_ylabel(wrapped(label.get_text(), height + beyond, label.get_fontproperties()))
    for axes, text in titles.items():
        axes.set_title(text)
    most: dict[int, int] = {}
    for axes, text in titles.items():
        row = _row(axes)
        most[row] = max(most.get(row, 0), text.count("\n"))
    figure.set_figheight(figure.get_figheight() + sum(most.values()) * line_height * _size() / points)


def wrapped(text: str, width: float, font: FontProperties | None = None) -> str:
    """Return a title, or a text in another font, in lines that are at most so many inches wide.

    They are broken between words where that is possible.
    """
    return "\n".join(
        line
        for whole in text.splitlines()
        for line in _lines(whole, lambda part: text_width(part, font) <= width)
    )


def text_width(text: str, font: FontProperties | None = None) -> float:
    """Return the width of a line of a title, or of a line in another font, in inches."""
    font = font or FontProperties(
        family=rcParams["font.family"], weight=rcParams["axes.titleweight"], size=_size()
    )
    width, _, _ = text_to_path.get_text_width_height_descent(text, font, ismath=False)
    return float(width) / points


def _lines(text: str, fits: Callable[[str], bool]) -> Iterator[str]:
    line = ""
    for word in text.split():
        if line and fits(f"{line} {word}"):
            line = f"{line} {word}"
            continue
        if line:
            yield line
        *full, line = _pieces(word, fits)
        yield from full
    yield line


def _pieces(word: str, fits: Callable[[str], bool]) -> Iterator[str]:
    """Yield a word, in pieces that fit where it does not."""
    while len(word) > 1 and not fits(word):
        n_fitting = next((n for n in range(len(word) - 1, 1, -1) if fits(word[:n])), 1)
        yield word[:n_fitting]
        word = word[n_fitting:]
    yield word


def _surely_fits(axes: Axes, text: str) -> bool:
    """Tell whether title and name of the axis are so short that nobody needs to know the panel's size exactly."""
    figure, place = axes.get_figure(root=True), axes.get_subplotspec()
    assert figure is not None and place is not None
    width = figure.get_figwidth() / place.get_gridspec().ncols - beside
    height = figure.get_figheight() / place.get_gridspec().nrows - above_and_below
    is_short = text_width(axes.get_ylabel(), axes.yaxis.label.get_fontproperties()) <= height + beyond
    return is_short and all(text_width(line) <= width for line in text.splitlines())


def _row(axes: Axes) -> int:
    place = axes.get_subplotspec()
    assert place is not None
    return int(place.rowspan.start)


def _size() -> float:
    return FontProperties(size=rcParams["axes.titlesize"]).get_size_in_points()
