"""Curves along many directions or seeds as one band."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from benchmark.report.figures.seeds import faint

quantiles = (0.1, 0.9)  # the band: the middle 80 % of the curves
dashes = (0, (4, 2))


def draw_band(
    axes: Axes, x: ArrayLike, curves: ArrayLike, *, color: str, label: str, dashed: bool = False
) -> None:
    """Draw curves over `x`: a thin line for each, the band of the middle 80 % of them, and their median.

    Median and quantiles, since they are the same on a linear and on a logarithmic axis, and since one direction that
    blows up would carry a mean away. A value that is not finite counts as larger than all others: its own line ends
    in a cross, and where the median or the band would not be finite, there is none.

    Args:
        axes: where.
        x: the positions (A,).
        curves: a row for every direction or seed (D, A).
        color: of all parts.
        label: of the median line, in a legend.
        dashed: lines with dashes, for a second split beside the first.
    """
    x_A = np.asarray(x, dtype=np.float64)
    curves_DA = np.atleast_2d(np.asarray(curves, dtype=np.float64))
    style = dashes if dashed else "solid"
    shown_DA = np.where(np.isfinite(curves_DA), curves_DA, np.inf)
    if len(curves_DA) > 1:
        low_A, high_A = (_gaps(np.quantile(shown_DA, q, axis=0, method="nearest")) for q in quantiles)
        axes.fill_between(x_A, low_A, high_A, color=color, alpha=0.16, linewidth=0)
        axes.plot(x_A, _gaps(shown_DA).T, color=color, alpha=faint, linewidth=0.6, linestyle=style)
    axes.plot(
        x_A, _gaps(_median(shown_DA)), color=color, linewidth=1.8, linestyle=style, label=label, zorder=3
    )
    _draw_ends(axes, x_A, curves_DA, color)


def _median(values_DA: np.ndarray) -> np.ndarray:
    """Return the median over rows; without the differences in which `np.median` would make infinities undefined."""
    ordered_DA, n = np.sort(values_DA, axis=0), len(values_DA)
    middle_A: np.ndarray = 0.5 * (ordered_DA[(n - 1) // 2] + ordered_DA[n // 2])
    return middle_A


def _gaps(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def _draw_ends(axes: Axes, x_A: np.ndarray, curves_DA: np.ndarray, color: str) -> None:
    """Put a cross on every finite point beside one that is not finite."""
    bad_DA = np.pad(~np.isfinite(curves_DA), ((0, 0), (1, 1)), constant_values=False)
    is_end_DA = ~bad_DA[:, 1:-1] & (bad_DA[:, :-2] | bad_DA[:, 2:])
    directions, points = np.nonzero(is_end_DA)
    if len(points):
        y = curves_DA[directions, points]
        axes.scatter(x_A[points], y, marker="x", s=16, linewidth=1, color=color, label="not finite beyond")
