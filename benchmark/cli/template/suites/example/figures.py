"""The figures of the example."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from benchmark.report.figures.shows import shows
from benchmark.report.figures.theme import log_axis


@shows("EX.C1")
def error_against_width(records: pd.DataFrame, arrays: Path) -> Figure | None:
    """Test error against width

    One dot for each seed.
    """
    errors = records[(records["measure"] == "performance") & (records["quantity"] == "test_error")]
    if errors.empty:
        return None
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    widths = sorted(errors["model.width"].unique())
    axes.plot(errors["model.width"], 100 * errors["value"], "o", alpha=0.6)
    axes.set(xlabel="width", ylabel="test error (%)")
    log_axis(axes, "x", ticks=widths)
    return figure


figures = (error_against_width,)
