"""Scales of axes that follow from what is shown on them."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes

from benchmark.report.figures.theme import log_axis


def log_if_positive(axes: Axes, which: Literal["x", "y"], shown: pd.Series[Any]) -> None:
    """Make an axis logarithmic if all that is shown on it is positive."""
    if len(shown) and (shown > 0).all():
        log_axis(axes, which)


def linear_from_zero(axes: Axes) -> None:
    """Let a linear vertical axis hold 0 and all that is drawn, on the axes that share it, too."""
    low, high = axes.get_ylim()
    limits = [one.dataLim for one in axes.get_shared_y_axes().get_siblings(axes)]
    least, most = min(limit.y0 for limit in limits), max(limit.y1 for limit in limits)
    axes.set_ylim(low if least < 0 else 0, 0 if most < 0 else high)
