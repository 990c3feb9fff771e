"""Spectral densities of one network of each kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from benchmark.report.figures.arrays import measure_arrays
from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.loss_planes import most_complete
from benchmark.report.figures.kinds.panel_layout import PanelLayout, grid
from benchmark.report.figures.kinds.parts import Part, Parts, resolved, within
from benchmark.report.figures.kinds.select import capitalized, rows_of, taken
from benchmark.report.figures.spectra import draw_density
from benchmark.report.figures.titles import entitle
from benchmark.stats.number import Number


@dataclass(frozen=True, kw_only=True)
class Spectra(Kind):
    """Spectral densities by Lanczos quadrature, all of the seed that has most networks.

    Attributes:
        measure: which one; it leaves the arrays `nodes` and `weights`.
        label: what the eigenvalues are of, with their unit.
        lines: what stands side by side, in different colours.
        by: what stands in different rows.

    >>> from benchmark.report.figures.kinds.spectral_densities import Spectra
    >>> from benchmark.report.figures.kinds.parts import each
    >>> from benchmark.stats.number import Number
    >>> figure = Spectra(name="spectra", title="Spectra of the Hessian", caption="One seed.",
    ...                  measure=Number(measure="spectral_density"), label="eigenvalue (nats)", lines=each("width"))
    """

    measure: Number
    label: str
    lines: Parts = field(default_factory=Part)
    by: Parts = field(default_factory=Part)

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = rows_of(self.measure, taken(self, records, [self.measure]))
        rows = rows[rows["seed"] == most_complete(rows)] if len(rows) else rows
        found = [
            (part, read[0][1])
            for part in within(self.lines, self.by, rows)
            if (read := measure_arrays(part.rows(rows), arrays, self.measure.measure))
        ]
        if not found:
            return None
        n_columns = len(resolved(self.lines, rows))
        made = grid([(i, 0) for i in range(len(found))], PanelLayout(n_columns=n_columns))
        for (i, _), axes in made.axes.items():
            part, content = found[i]
            draw_density(axes, content["nodes"], content["weights"], color=part.color, label="")
            axes.set(xlabel=self.label, ylabel="density")
        entitle(made.figure, {axes: capitalized(found[i][0].label) for (i, _), axes in made.axes.items()})
        return made.figure
