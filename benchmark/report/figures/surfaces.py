"""Surfaces that a reader can turn: what a suite's figure returns instead of a matplotlib figure.

On the page stand filled contours, as `draw_contours` makes them, all panels on one scale; below them the reader opens
the same surfaces in three dimensions, drawn by plotly from a file beside the page. The page is complete without it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import import_module, util
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from benchmark.report.figures.color_bar import draw_color_bar
from benchmark.report.figures.contours import draw_contours, draw_path
from benchmark.report.figures.levels import level_text, shared_log_levels
from benchmark.report.figures.plane import grid_values
from benchmark.report.figures.theme import wide
from benchmark.report.figures.titles import entitle

script_name = "plotly.min.js"
highest_panel = 3.8  # inches
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
        n_columns = min(self.n_columns, len(self.panels))
        n_rows = -(-len(self.panels) // n_columns)
        side = min((wide - 1.1) / n_columns, highest_panel)
        height = side * max(_height_over_width(panel) for panel in self.panels)
        figure = Figure(figsize=(wide, n_rows * (height + room_for_words)))
        cells = figure.subplots(n_rows, n_columns, squeeze=False)
        used = list(cells.flat)[: len(self.panels)]
        for axes, panel in zip(used, self.panels, strict=True):
            center = None if len(panel.path) else (0.0, 0.0)
            filled = draw_contours(
                axes, panel.alpha, panel.beta, panel.loss, levels=self.levels, center=center
            )
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


def _height_over_width(panel: SurfacePanel) -> float:
    return float(np.ptp(panel.beta) / np.ptp(panel.alpha))


def _rounded(values: Iterable[float]) -> list[float | None]:
    return [float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in map(float, values)]
