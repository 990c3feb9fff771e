"""Loss surfaces side by side on one scale, that the reader can turn; with the path of the training if it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.report.figures.arrays import Arrays, measure_arrays
from benchmark.report.figures.kind import Kind, names_columns
from benchmark.report.figures.kinds.parts import Part, Parts, n_across, resolved
from benchmark.report.figures.kinds.select import Text, all_rows_of, capitalized, in_full, taken
from benchmark.report.figures.surfaces import SurfacePanel, Surfaces
from benchmark.stats.number import Number

highest = 1e6  # a surface that explodes leaves levels to the others,
most_beyond = 0.25  # unless more than this share of its points would lie beyond them:
at_most = 1e12  # then levels go on, but not further than this


@dataclass(frozen=True, kw_only=True)
class Planes(Kind):
    """The training loss on a plane around one network of each part, all of the seed that has most of them.

    Attributes:
        measure: which surfaces, by the options that they must have; of several of one network the finest is drawn.
        panels: the networks.
        detail: what a panel's name says in brackets; the loss in the middle if "".
        across: the column whose levels stand side by side.

    >>> from benchmark.report.figures.kinds.loss_planes import Planes
    >>> from benchmark.report.figures.kinds.parts import each
    >>> from benchmark.stats.number import Number
    >>> figure = Planes(name="surfaces", title="The loss around networks", caption="All on one scale.",
    ...                 measure=Number(measure="loss_surface"), panels=each("width"), across="width")
    """

    measure: Number
    panels: Parts = field(default_factory=Part)
    detail: Text = ""
    across: str = field(default="", metadata={names_columns: True})

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Surfaces | None:
        """Return the surfaces; None where there is none."""
        rows = all_rows_of(self.measure, taken(self, records, [self.measure]))
        rows = rows[rows["seed"] == most_complete(rows)] if len(rows) else rows
        panels = []
        for part in resolved(self.panels, rows):
            of_part = part.rows(rows)
            found = measure_arrays(of_part, arrays, self.measure.measure)
            if found:
                _, content = sorted(found, key=lambda network: len(network[1]["alpha"]))[-1]
                panels.append(_panel(part.label, in_full(self.detail, records, of_part), content))
        if not panels:
            return None
        return Surfaces(panels=tuple(panels), highest=_highest(panels), n_columns=n_across(rows, self.across))


def _highest(panels: Sequence[SurfacePanel]) -> float:
    """Return where levels end: late enough for all panels to be more than one colour."""
    finite = [panel.loss[np.isfinite(panel.loss)] for panel in panels]
    needed = [float(np.quantile(losses, 1 - most_beyond)) for losses in finite if losses.size]
    return min(max([highest, *needed]), at_most)


def most_complete(rows: pd.DataFrame) -> Any:
    """Return the first of the seeds with the most networks."""
    return rows["cells"].map(tuple).groupby(rows["seed"]).nunique().idxmax()


def _panel(label: str, detail: str, content: Arrays) -> SurfacePanel:
    loss = content["train_loss"][0]
    middle = f"loss {loss[loss.shape[0] // 2, loss.shape[1] // 2]:.2g}"
    return SurfacePanel(
        name=capitalized(f"{label} ({detail or middle})".strip()),
        alpha=content["alpha"],
        beta=content["beta"],
        loss=loss,
        path=content.get("path", np.empty((0, 2))),
        path_steps=content.get("path_steps", np.empty(0)),
    )
