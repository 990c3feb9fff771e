"""Every seed, and their mean with its interval, on axes: what most figures of a suite consist of."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from benchmark.stats.interval import t_interval

confidence = 0.95
faint = 0.28  # opacity of a single seed


def mean_interval(values: ArrayLike) -> tuple[float, float, float]:
    """Return (mean, low, high): the mean of the finite values and its 95 % t interval.

    With fewer than two values the interval is the mean itself: nothing to draw, rather than no bound.
    """
    numbers = np.asarray(values, dtype=np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) < 2:
        mean = float(numbers.mean()) if len(numbers) else float("nan")
        return mean, mean, mean
    low, high = t_interval(numbers, confidence=confidence)
    return float(numbers.mean()), float(low), float(high)


def geometric_mean_interval(values: ArrayLike) -> tuple[float, float, float]:
    """Return (mean, low, high) of positive values on the scale of their logarithms."""
    mean, low, high = (float(x) for x in np.exp(mean_interval(np.log(np.asarray(values, dtype=np.float64)))))
    return mean, low, high


def draw_seeds(
    axes: Axes, frame: pd.DataFrame, *, x: str, y: str, color: str, label: str = "", linear: bool = False
) -> None:
    """Draw `y` against a few values of `x`: a thin line for every seed, and the mean with its interval.

    The mean is geometric where all values are positive, to fit logarithmic axes and ratios between arms; `linear` says
    that the axis is not logarithmic whatever the values.
    """
    average = geometric_mean_interval if not linear and bool((frame[y] > 0).all()) else mean_interval
    for _, seed in frame.sort_values(x).groupby("seed"):
        axes.plot(seed[x], seed[y], color=color, alpha=faint, linewidth=0.8, marker=".", markersize=3)
    points = sorted(frame[x].unique())
    mean, low, high = np.array([average(frame.loc[frame[x] == point, y]) for point in points]).T
    axes.errorbar(
        points, mean, yerr=[mean - low, high - mean],
        color=color, marker="o", markersize=4.5, capsize=3, elinewidth=1.2, linewidth=1.8, label=label, zorder=3,
    )  # fmt: skip


def draw_curves(
    axes: Axes, frame: pd.DataFrame, *, x: str, y: str, color: str, label: str = "", dashed: bool = False
) -> None:
    """Draw curves over `x`, one value for every seed: a thin line for each, and their mean where all have one."""
    style = (0, (4, 2)) if dashed else "solid"
    wide = frame.pivot(index=x, columns="seed", values=y).sort_index()
    for seed in wide.columns:
        curve = wide[seed].dropna()
        axes.plot(curve.index, curve, color=color, alpha=faint, linewidth=0.7, linestyle=style)
    mean = wide.dropna().mean(axis=1)
    axes.plot(mean.index, mean, color=color, linewidth=1.8, linestyle=style, label=label, zorder=3)
