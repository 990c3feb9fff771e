"""A place on the axis for every kind of network, and a dot for every seed: several numbers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import alone
from benchmark.report.figures.kinds.parts import Part, Parts, within
from benchmark.report.figures.kinds.select import capitalized, rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.theme import wide
from benchmark.stats.number import Number

spread = 0.12  # half the width of a strip of seeds, in places


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A number in every place: its name in the legend, and the marker of its dots, filled or open."""

    number: Number
    label: str
    marker: str = "o"
    filled: bool = True


@dataclass(frozen=True, kw_only=True)
class Strips(Kind):
    """Numbers of kinds of network.

    Attributes:
        strips: the numbers.
        label: what the vertical axis says, with its unit.
        lines, by: kinds of network: those drawn in different colours, in each of the other.
        shown: from the numbers to what is drawn, such as `percent`.
        limits: of the vertical axis.

    >>> from benchmark.report.figures.kinds.strips import Strip, Strips
    >>> from benchmark.report.figures.kinds.parts import each
    >>> from benchmark.stats.number import Number
    >>> norm = Strip(number=Number(measure="weight_norm", quantity="all"), label="of all weights")
    >>> figure = Strips(name="norms", title="Norms", caption="Dots are networks.", label="norm", strips=(norm,),
    ...                 by=each("width"))
    """

    strips: Sequence[Strip]
    label: str
    lines: Parts = field(default_factory=Part)
    by: Parts = field(default_factory=Part)
    shown: Shown = as_it_is
    limits: tuple[float, float] | None = None

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where one of its numbers is not there."""
        rows = taken(self, records, [strip.number for strip in self.strips])
        numbers = [rows_of(strip.number, rows) for strip in self.strips]
        if any(found.empty for found in numbers):
            return None
        places = within(self.lines, self.by, numbers[0])
        figure = Figure(figsize=(wide if len(places) > 2 else alone * wide, 3.2))
        axes = figure.subplots()
        for strip, found in zip(self.strips, numbers, strict=True):
            self._draw(axes, strip, [place.rows(found) for place in places], places)
        axes.set_xticks(
            range(len(places)), [capitalized(place.label.replace(", ", "\n")) for place in places]
        )
        axes.set(ylabel=self.label, ylim=self.limits)
        legend_below(figure)
        return figure

    def _draw(self, axes: Axes, strip: Strip, found: list[pd.DataFrame], places: list[Part]) -> None:
        for at, (place, part) in enumerate(zip(places, found, strict=True)):
            axes.plot(
                at + np.linspace(-spread, spread, len(part)), self.shown(part["value"]), linestyle="none",
                marker=strip.marker, markersize=5, color=place.color, fillstyle="full" if strip.filled else "none",
                label="" if at else strip.label,
            )  # fmt: skip
