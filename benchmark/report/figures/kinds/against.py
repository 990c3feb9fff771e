"""Numbers against a factor: a thin line for every seed, the mean with its interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.figures.drawn_as import draws_as
from benchmark.report.figures.kind import Kind, names_columns
from benchmark.report.figures.kinds.panel_layout import PanelLayout, Place
from benchmark.report.figures.kinds.panels import figure_of_panels, found_panels
from benchmark.report.figures.kinds.parts import Part, Parts, numbers_of, resolved
from benchmark.report.figures.kinds.select import Text, in_full, one_of_each, rows_of, taken
from benchmark.report.figures.kinds.values import Shown, as_it_is
from benchmark.report.figures.scales import linear_from_zero
from benchmark.report.figures.seeds import draw_seeds
from benchmark.report.figures.theme import log_axis, muted
from benchmark.stats.number import Number

Drawn = list[tuple[Part, pd.DataFrame]]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A number on a vertical axis.

    Attributes:
        number: which one; with an `aggregate` where a seed has several at one level, else the figure is left out.
        label: what the axis says, with its unit.
        title: above the panel, after the name of its row.
        shown: from the number to what is drawn, such as `percent`.
        log: a logarithmic axis and geometric means, where all is positive; else a linear one with 0, and arithmetic.
        mark: where a grey line is drawn across.
        lines: in place of the figure's.
        x, x_label: in place of the figure's.
    """

    number: Number
    label: str
    title: str = ""
    shown: Shown = as_it_is
    log: bool = False
    mark: float | None = None
    lines: Parts | None = None
    x: str = field(default="", metadata={names_columns: True})
    x_label: Text = ""


@dataclass(frozen=True, kw_only=True)
class Against(Kind):
    """Numbers against a factor, a row of panels for every part of `rows` that has some.

    What has no rows, or rows at one level of the factor only, is left out: a line, a panel, a row.

    Attributes:
        x, x_label: the column of the factor, and what the axis says.
        panels: what is drawn against it.
        lines: what is drawn in different colours.
        rows: what stands in different rows.
        log_x: whether the factor's axis is logarithmic; its levels stand evenly where it is not.
        layout: of the panels.

    >>> from benchmark.report.figures.kinds.against import Against, Panel
    >>> from benchmark.stats.number import Number
    >>> trace = Panel(number=Number(measure="hessian_trace"), label="Hessian trace (nats)", log=True)
    >>> figure = Against(name="trace", title="The trace against the width", caption="After equal epochs.",
    ...                  x="width", x_label="hidden units", panels=(trace,))
    """

    x: str = field(metadata={names_columns: True})
    x_label: Text
    panels: Sequence[Panel]
    lines: Parts = field(default_factory=Part)
    rows: Parts = field(default_factory=Part)
    log_x: bool = True
    layout: PanelLayout = field(default_factory=PanelLayout)

    def __call__(self, records: pd.DataFrame, arrays: Path) -> Figure | None:
        """Return the figure; None where nothing can be drawn."""
        rows = taken(self, records, numbers_of(self.lines, self.panels))
        groups = resolved(self.rows, rows)
        found = found_panels(groups, self.panels, lambda panel, group: self._drawn(panel, group, rows))
        panels = self._on_one_scale(found)
        figure = figure_of_panels(
            found, groups, panels, self.layout,
            draw=self._draw, title=lambda panel, *_: panel.title,
            finish=lambda axes, panel, drawn: self._scale(axes, panel, drawn, records),
        )  # fmt: skip
        return draws_as(figure, self._drawn_as([(panels[j], drawn) for (_, j), drawn in found.items()]))

    def _on_one_scale(self, found: Mapping[Place, Drawn]) -> Sequence[Panel]:
        """Return the panels; with linear axes where they share one that cannot be logarithmic."""
        if self.layout.share in ("none", "x") or all(
            _is_log(self.panels[j], drawn) for (_, j), drawn in found.items()
        ):
            return self.panels
        return [replace(panel, log=False) for panel in self.panels]

    def _drawn(self, panel: Panel, group: Part, rows: pd.DataFrame) -> Drawn:
        """Return the lines of a panel with a row for every seed and level; none where there is nothing to compare."""
        x, of_group = panel.x or self.x, group.rows(rows)
        if x not in rows:
            return []
        found: Drawn = []
        for line in resolved(self.lines if panel.lines is None else panel.lines, rows):
            number = line.number or panel.number
            part = rows_of(number, line.rows(of_group)).dropna(subset=[x])
            if len(part):
                part = one_of_each(number, part, ["seed", x])
                found.append((line, part.assign(value=panel.shown(part["value"].to_numpy()))))
        return found if len({level for _, part in found for level in part[x]}) > 1 else []

    def _draw(self, axes: Axes, panel: Panel, drawn: Drawn) -> None:
        x, every = panel.x or self.x, pd.concat([part for _, part in drawn])
        levels = sorted(every[x].unique())
        linear = not _is_log(panel, drawn)
        for line, part in drawn:
            shown = part if self.log_x else part.assign(**{x: part[x].map(levels.index)})
            draw_seeds(axes, shown, x=x, y="value", color=line.color, label=line.label, linear=linear)
        if panel.mark is not None:
            axes.axhline(panel.mark, color=muted, linewidth=0.9, zorder=0)

    def _scale(self, axes: Axes, panel: Panel, drawn: Drawn, records: pd.DataFrame) -> None:
        every = pd.concat([part for _, part in drawn])
        levels = sorted(every[panel.x or self.x].unique())
        if self.log_x:
            log_axis(axes, "x", ticks=levels)
        else:
            axes.set_xticks(range(len(levels)), [f"{level:g}" for level in levels])
        if _is_log(panel, drawn):
            log_axis(axes, "y")
        else:
            linear_from_zero(axes)
        axes.set(xlabel=in_full(panel.x_label or self.x_label, records, every), ylabel=panel.label)

    def _drawn_as(self, panels: Sequence[tuple[Panel, Drawn]]) -> str:
        points = [part.groupby(panel.x or self.x).size() for panel, drawn in panels for _, part in drawn]
        if all(n_seeds.max() < 2 for n_seeds in points):
            return "Dots are single seeds."
        scales = {_is_log(panel, drawn) for panel, drawn in panels}
        kind = "" if len(scales) > 1 else "geometric " if True in scales else "arithmetic "
        which = ", geometric on logarithmic axes and arithmetic on linear ones" if len(scales) > 1 else ""
        return f"Thin lines are seeds, dots with bars {kind}means over seeds with 95 % t intervals{which}."


def _is_log(panel: Panel, drawn: Drawn) -> bool:
    return panel.log and all(bool((part["value"] > 0).all()) for _, part in drawn)
