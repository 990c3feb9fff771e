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
