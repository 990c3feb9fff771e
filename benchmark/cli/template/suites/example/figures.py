"""The figures of the example."""

from __future__ import annotations

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.values import percent

from .claims import test_error

figures = (
    Against(
        name="error_against_width",
        shows=("EX.C1",),
        title="Test error against width",
        where={"arm": "width"},
        x="width",
        x_label="hidden units",
        caption="All widths are trained for the same number of epochs.",
        panels=(Panel(number=test_error, label="test error (%)", shown=percent),),
    ),
)
