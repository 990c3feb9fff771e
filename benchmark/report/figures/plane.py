"""A plane through weight space as axes: equal scales, what is written on colours, hatching where nothing is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from benchmark.report.figures.theme import muted

color_map = "viridis"
dark, bright = "#101010", "#fdfdfd"  # written on colours; not of the palette, which follows the page's theme
label_size = 7.5  # points
bright_enough = 0.18  # the luminance at which black and white stand out equally


def grid_values(
    alpha: ArrayLike, beta: ArrayLike, values: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coordinates (A,), (B,) and values (A, B) as float64.

    Raises:
        ValueError: when the values are not indexed by both coordinates.
    """
    alpha_A, beta_B, values_AB = (np.asarray(each, dtype=np.float64) for each in (alpha, beta, values))
    if values_AB.shape != (alpha_A.size, beta_B.size):
        raise ValueError(
            f"a surface over {alpha_A.size} x {beta_B.size} coordinates has the shape {values_AB.shape}; "
            "index it as surface[i, j] at (alpha[i], beta[j])"
        )
    return alpha_A, beta_B, values_AB


def set_extent(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    """Show the axes from the first to the last coordinate, in equal scales: their units are the same."""
    axes.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]), aspect="equal")
    axes.grid(visible=False)
    axes.locator_params(nbins=5)


def text_color(ground: Any) -> str:
    """Return which of dark and bright reads better on a colour, (red, green, blue) in [0, 1]."""
    luminance = float(np.dot([0.2126, 0.7152, 0.0722], np.asarray(ground)[:3] ** 2.2))
    return dark if luminance > bright_enough else bright


def hatch(axes: Axes, known: np.ndarray) -> Rectangle | None:
    """Hatch the ground, which shows where no colour is; None where all is known."""
    if known.all():
        return None
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    percent = max(100 * (1 - float(known.mean())), 0.1)
    ground = Rectangle((left, bottom), right - left, top - bottom, label=f"not finite ({percent:.2g} %)")
    ground.set(hatch="////", facecolor="none", edgecolor=muted, linewidth=0, zorder=0)
    axes.add_patch(ground)
    return ground


def say(axes: Axes, ground: Rectangle | None) -> None:
    """Say in a corner what the hatching means."""
    if ground is None:
        return
    legend = axes.legend(
        handles=[ground], loc="lower left", fontsize=label_size, labelcolor=dark, frameon=True, facecolor=bright,
        edgecolor="none", framealpha=1, borderpad=0.3, borderaxespad=0.3, handlelength=1.6, handleheight=1.0,
    )  # fmt: skip
    legend.set_zorder(8)
