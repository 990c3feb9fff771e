"""Surfaces that a reader can turn: what a suite's figure returns instead of a matplotlib figure.

On the page stand filled contours, as `draw_contours` makes them, all panels on one scale; below them the reader opens
the same surfaces in three dimensions, drawn by plotly from a file beside the page. The page is complete without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmark.report.figures.color_bar import draw_color_bar
from benchmark.report.figures.contours import draw_contours, draw_path, is_coarse
from benchmark.report.figures.levels import level_text, shared_log_levels
from benchmark.report.figures.plane import grid_values
from benchmark.report.figures.theme import wide
from benchmark.report.figures.titles import entitle

script_name = "plotly.min.js"
highest_panel = 3.8  # inches
most_apart = 3.0  # times that a plane may be smaller than what all planes together take, to be shown on that
room_for_words = 0.75  # inches above and below a panel: a title of one line, ticks, the name of an axis
digits = 5  # of embedded numbers: more than a pixel of a surface that is a thousand pixels high
missing = "The interactive surface needs plotly where the report is written: pip install plotly, then lossbench report."


@dataclass(frozen=True, kw_only=True)
class SurfacePanel:
    """One network's surface.

    Attributes:
        name: how the reader chooses it, and the title of its contours.
        alpha: coordinates along the first direction (A,).
        beta: coordinates along the second direction (B,).
        loss: (A, B), `loss[i, j]` at (alpha[i], beta[j]); what is not finite is a gap.
        path: coordinates of the training's checkpoints (n, 2), drawn on the contours in place of the cross in the
            middle; none where the plane is not through them.
        path_steps: their optimizer steps (n,).
    """

    name: str
    alpha: np.ndarray[Any, Any]
    beta: np.ndarray[Any, Any]
    loss: np.ndarray[Any, Any]
    path: np.ndarray[Any, Any] = field(default_factory=lambda: np.empty((0, 2)))
    path_steps: np.ndarray[Any, Any] = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        grid_values(self.alpha, self.beta, self.loss)

    @property
    def ends(self) -> tuple[np.ndarray[Any, Any], ...]:
        """First and last point of the path that are known."""
        known = self.path[np.isfinite(self.path).all(axis=1)] if len(self.path) else self.path
        return (known[0], known[-1]) if len(known) else ()


@dataclass(frozen=True, kw_only=True)
class Surfaces:
    """Surfaces that are compared: one scale of colours and heights, one camera.

    Attributes:
        panels: the networks, at least one.
        label: what the height is, with its unit.
        axes: what the two directions are.
        highest: levels end at or above this loss, so that a panel that explodes leaves levels to the others.
        n_columns: of the contours, row by row in the order of the panels.

    Raises:
        ValueError: when there is no panel, or two have the same name.
    """

    panels: tuple[SurfacePanel, ...]
    label: str = "training loss (nats per example)"
    axes: tuple[str, str] = ("alpha", "beta")
    highest: float = math.inf
    n_columns: int = 3

    def __post_init__(self) -> None:
        names = [panel.name for panel in self.panels]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"surfaces have panels of different names, at least one; these have {names}")

    @property
    def levels(self) -> np.ndarray:
        """The levels of all panels."""
        return shared_log_levels([panel.loss for panel in self.panels], highest=self.highest)

    def contours(self) -> Figure:
        """Return all panels as filled contours. Call it inside `figure.theme()`."""
        n_columns = balanced(len(self.panels), self.n_columns)
        n_rows = -(-len(self.panels) // n_columns)
        side = min((wide - 1.1) / n_columns, highest_panel)
        extents = _extents(self.panels)
        height = side * max(float(np.ptp(y) / np.ptp(x)) for x, y in extents)
        figure = Figure(figsize=(wide, n_rows * (height + room_for_words)))
        cells = figure.subplots(n_rows, n_columns, squeeze=False)
        used = list(cells.flat)[: len(self.panels)]
        for axes, panel, (x, y) in zip(used, self.panels, extents, strict=True):
            center = None if len(panel.path) else (0.0, 0.0)
            filled = draw_contours(
                axes, panel.alpha, panel.beta, panel.loss, levels=self.levels, center=center, ends=panel.ends
            )
            axes.set(xlim=x, ylim=y)
            draw_path(axes, panel.path, panel.path_steps)
            axes.set_xlabel(self.axes[0])
            if n_columns > 3:  # narrow panels have room for three numbers
                axes.locator_params(nbins=3)
        for row in cells:
            row[0].set_ylabel(self.axes[1])
        for axes in list(cells.flat)[len(self.panels) :]:
            axes.remove()
        draw_color_bar(filled, used[:n_columns], label=self.label)
        names = (panel.name.replace(" (", "\n(") for panel in self.panels)
        entitle(figure, dict(zip(used, names, strict=True)))
        return figure

    @property
    def drawn_as(self) -> str:
        """How the surfaces were drawn: on which points, and what lies beyond the scale or the plane."""
        grids = ", ".join(
            f"{n} x {m}" for n, m in sorted({p.loss.shape for p in self.panels if is_coarse(p.loss)})
        )
        last = float(self.levels[-1])
        share = max(float((panel.loss > last).mean()) for panel in self.panels)
        own = [_extent(panel) for panel in self.panels]
        said = (
            f"Computed at the white points ({grids}); between them colours are interpolated linearly."
            if grids
            else "",
            f"The scale ends at {level_text(last)}; up to {100 * share:.0f} % of a panel lie above."
            if share
            else "",
            "Where a panel is blank nothing was computed." if _extents(self.panels) != own else "",
        )
        return " ".join(filter(None, said))

    def embedded(self) -> str:
        """Return what the page's script draws from, as JSON; numbers rounded, what is not finite as null."""
        panels = [
            {
                "name": panel.name,
                "alpha": _rounded(panel.alpha),
                "beta": _rounded(panel.beta),
                "loss": [_rounded(row) for row in panel.loss],
            }
            for panel in self.panels
        ]
        levels = [[float(level), level_text(float(level))] for level in self.levels]
        content = {"panels": panels, "levels": levels, "label": self.label, "axes": self.axes}
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def plotly_script() -> bytes | None:
    """Return plotly's script, to be written once beside the page; None where the package is not installed."""
    if util.find_spec("plotly") is None:
        return None
    script: str = import_module("plotly.offline").get_plotlyjs()
    return script.encode()


def balanced(n: int, most: int) -> int:
    """Return in how many columns panels stand: at most so many, and fewer where a row would be all but empty."""
    n_columns = min(n, most)
    n_rows = -(-n // n_columns)
    return -(-n // n_rows) if n_rows * n_columns - n > 1 else n_columns


Range = tuple[float, float]


def _extent(panel: SurfacePanel) -> tuple[Range, Range]:
    return (float(panel.alpha[0]), float(panel.alpha[-1])), (float(panel.beta[0]), float(panel.beta[-1]))


def _extents(panels: Sequence[SurfacePanel]) -> list[tuple[Range, Range]]:
    """Return what the axes of every panel show: the same for all, so that their heights are, where sizes are alike.

    Where one is much smaller than all together each keeps its own, or its picture would vanish.
    """
    own = [_extent(panel) for panel in panels]
    x, y = ((min(low for low, _ in ends), max(high for _, high in ends)) for ends in zip(*own, strict=True))
    sizes = [
        float(np.ptp(one) / np.ptp(both)) for pair in own for one, both in zip(pair, (x, y), strict=True)
    ]
    return [(x, y)] * len(own) if min(sizes) * most_apart > 1 else own


def _rounded(values: Iterable[float]) -> list[float | None]:
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in map(float, values)]
