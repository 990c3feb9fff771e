"""Figures as inline SVG: one theme, colours that follow the page's theme, equal bytes for equal figures.

Figures are drawn once, in the light palette. In the SVG every palette colour then becomes a CSS variable with that
colour as fallback, so that the page alone decides between light and dark.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import seaborn as sns
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

ink, muted, grid = "#1d2127", "#626b77", "#e3e6ea"
series = ("#0068a8", "#c8500a", "#087f5b", "#9c4a8f")  # darkened Okabe-Ito: told apart with any colour vision
levels = (
    "#3a2a9b",
    "#6420a4",
    "#8a25a0",
    "#ad3791",
    "#c94f7c",
    "#dc6962",
    "#e5823f",
    "#cf9410",
)  # plasma, in order
colors = {"ink": ink, "muted": muted, "grid": grid}
colors |= {f"series-{i}": color for i, color in enumerate(series)}
colors |= {f"level-{i}": color for i, color in enumerate(levels)}
wide = 7.2  # inches: the width of the page's column at the page's text size
settings: dict[str, Any] = {
    **sns.axes_style("ticks"),
    **sns.plotting_context("paper", font_scale=1.05),
    "font.family": "DejaVu Sans",  # the layout is computed with matplotlib's own font, the same everywhere
    "svg.fonttype": "none",
    "svg.hashsalt": "lossbench",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": muted,
    "axes.labelcolor": ink,
    "axes.titlecolor": ink,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.linewidth": 0.8,
    "grid.color": grid,
    "grid.linewidth": 0.7,
    "text.color": ink,
    "xtick.color": muted,
    "ytick.color": muted,
    "xtick.labelcolor": ink,
    "ytick.labelcolor": ink,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "legend.frameon": False,
    "legend.handletextpad": 0.5,
    "legend.columnspacing": 1.4,
    "lines.linewidth": 1.8,
    "figure.constrained_layout.use": True,
}


def ordered_colors(n: int) -> list[str]:
    """Return `n` colours for the levels of an ordered factor, first to last, evenly over the palette."""
    return (
        [levels[i] for i in np.linspace(0, len(levels) - 1, n).round().astype(int)] if n > 1 else [levels[0]]
    )


@contextmanager
def theme() -> Iterator[None]:
    """Draw and save inside this: seaborn's ticks, thin ink, no box, transparent ground, reproducible SVG."""
    with mpl.rc_context(cast(Any, settings)):  # mypy knows names of settings as literals only
        yield


def to_svg(figure: Figure, *, name: str, title: str) -> Markup:
    """Return `figure` as an `<svg>` to stand inside a page, with ids that begin with `name`."""
    buffer = io.BytesIO()
    with theme():
        settle(figure)
        figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    root = ElementTree.fromstring(buffer.getvalue())  # noqa: S314 -- matplotlib's own output
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in [key for key in element.attrib if "}" in key]:
            element.set(key.rpartition("}")[2], element.attrib.pop(key))
    for parent in list(root.iter()):
        for child in [
            c for c in parent if c.tag in ("style", "metadata")
        ]:  # a `*{...}` style would hit the page
            parent.remove(child)
    _rename_ids(root, name)
    for element in root.iter():
        if "d" in element.attrib:
            element.set("d", _shortened(element.attrib["d"]))
        if "style" in element.attrib:
            element.set("style", _themed(element.attrib["style"]))
    width = root.attrib["viewBox"].split()[2]
    root.attrib = {"viewBox": root.attrib["viewBox"], "class": "figure", "role": "img", "aria-label": title}
    root.set("style", f"--width: {float(width):g}")
    heading = ElementTree.Element("title", {"id": f"{name}-title"})
    heading.text = title
    root.insert(0, heading)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 -- serialized, so escaped


def settle(figure: Figure) -> None:
    """Lay a figure out for good, as an SVG: matplotlib draws one that it lays out itself a second time for that."""
    FigureCanvasSVG(figure)
    figure.dpi = 72  # an SVG's
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def log_axis(axes: Axes, which: Literal["x", "y"], ticks: Sequence[float] | None = None) -> None:
    """Make an axis logarithmic with plain numbers as labels, at `ticks` or else as many of them as look good.

    Call it after drawing: the ticks depend on what is in sight.
    """
    axes.set(**{f"{which}scale": "log"})
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    axis.set_major_locator(FixedLocator(list(ticks) if ticks is not None else _log_ticks(low, high)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_locator(NullLocator())


def _log_ticks(low: float, high: float) -> list[float]:
    """Return the ticks inside the limits from the coarsest set that has at least three of them."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (*range(1, 10), 1.5)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        inside = sorted(tick for tick in ticks if low <= tick <= high)
        if len(inside) >= 3:
            return inside[:: max(1, len(inside) // 8)]
    return [float(f"{tick:.2g}") for tick in np.geomspace(low, high, 4)]


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    """Keep only ids that are referred to, and number them under `name`."""
    text = ElementTree.tostring(root, encoding="unicode")
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    new: dict[str, str] = {}
    for element in root.iter():
        old = element.attrib.pop("id", "")
        if old in used:
            new[old] = f"{name}-{len(new)}"
            element.set("id", new[old])
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href" and value.startswith("#"):
                element.set(key, "#" + new[value[1:]])
            elif "url(#" in value:
                element.set(key, re.sub(r"url\(#([^)]+)\)", lambda found: f"url(#{new[found[1]]})", value))


def _shortened(path: str) -> str:
    """Return a path in hundredths of a point, which no eye tells from the millionths that matplotlib writes."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), path)


def _themed(style: str) -> str:
    style = re.sub(r"font-family:[^;]*;?\s*", "", style)  # text takes the font of the page
    for name, color in colors.items():
        style = style.replace(color, f"var(--{name}, {color})")
    return style
