"""Columns that a figure names and nothing has: refused where they are mistyped, and no mistake where they are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.report.figures.kinds.against import Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.parts import Part, each
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter
from benchmark.report.figures.kinds.spectral_densities import Spectra
from benchmark.report.figures.kinds.strips import Strips
from benchmark.report.figures.named_columns import UnknownColumn, check_columns, named_columns
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, error, put, row, said, trace

columns = ("measure", "seed", "arm", "width", "depth")
curve = Curve(number=trace, label="trace")
typos: list[tuple[Any, str, str, str]] = [
    (against(x="widht"), "x", "widht", "width"),
    (against(where={"amr": "a"}), "where", "amr", "arm"),
    (against(lines=each("wdith")), "lines.columns", "wdith", "width"),
    (against(rows=(each("arm"), each("arm", where={"dpeth": 1}))), "rows[1].where", "dpeth", "depth"),
    (against(lines=Part(where=({"arm": "a"}, {"widths": 1}))), "lines.where", "widths", "width"),
    (against(panels=(Panel(number=trace, label="", x="dephts"),)), "panels[0].x", "dephts", "depth"),
    (against(panels=(Panel(number=replace(trace, where={"arms": "a"}), label=""),)), "panels[0].number.where", "arms",
     "arm"),
    (Curves(**said, x="step", x_label="", panels=(curve,), lines=each("widt")), "lines.columns", "widt", "width"),
    (Scatter(**said, panels=(Dots(x=trace, y=error, x_label="", y_label="", where={"am": 1}),)), "panels[0].where",
     "am", "arm"),
    (Scatter(**said, panels=(), marks=each("dept")), "marks.columns", "dept", "depth"),
    (Bands(**said, measure=trace, x="a", x_label="", panels=(), rows=each("dept")), "rows.columns", "dept", "depth"),
    (Strips(**said, strips=(), label="", by=each("deph")), "by.columns", "deph", "depth"),
    (Spectra(**said, measure=trace, label="", by=each("dpth")), "by.columns", "dpth", "depth"),
    (Planes(**said, measure=trace, across="widhts"), "across", "widhts", "width"),
    (Heat(**said, number=trace, x="width", y="depth", label="", across="detph"), "across", "detph", "depth"),
]  # fmt: skip


@pytest.mark.parametrize(("figure", "field", "name", "near"), typos)
@red_with(
    Mutant(named_columns, 'f"{place}.{each.name}" if place else each.name', '"somewhere"'),
    Mutant(check_columns, "refuse(figure, place, column,", "refuse(figure, place, place,"),
)
def test_a_mistyped_column_is_refused_with_its_field_and_the_nearest_one(
    figure: Any, field: str, name: str, near: str
) -> None:
    with pytest.raises(UnknownColumn) as refused:
        check_columns(figure, columns, tuple)
    assert str(refused.value).startswith(f"figure: {field}={name!r} ")
    assert str(refused.value).endswith(f"; did you mean {near}?")


def test_a_column_that_only_other_arms_of_the_suite_have_is_no_mistake() -> None:
    figure = against(lines=each("skips"), where={"arm": "a"})
    check_columns(figure, columns, lambda: {"skips"})
    with pytest.raises(UnknownColumn, match="lines.columns='skips'"):
        check_columns(figure, columns, tuple)


def test_a_mistyped_coordinate_is_refused_and_so_is_a_mistyped_array(tmp_path: Path) -> None:
    rows = [row("n", 1.0, width=1, index={"step": step}) for step in (0, 1)]
    with pytest.raises(UnknownColumn, match="figure: x='stpe' is no coordinate of trace; did you mean step?"):
        drawn(Curves(**said, x="stpe", x_label="", panels=(curve,)), rows)
    with pytest.raises(UnknownColumn, match="figure: y='stop' is no coordinate of trace; did you mean step?"):
        drawn(Heat(**said, number=trace, x="width", y="stop", label=""), rows)
    put(tmp_path, "n", "trace", alpha=[0, 1], loss=[1, 2])
    band = Bands(**said, measure=trace, x="alpha", x_label="", panels=(Band(array="los", label=""),))
    with pytest.raises(
        UnknownColumn, match=r"panels\[0\].array='los' is no array of trace; did you mean loss?"
    ):
        drawn(band, rows, tmp_path)
    with pytest.raises(UnknownColumn, match="x='alhpa' is no array of trace; did you mean alpha?"):
        drawn(replace(band, x="alhpa", panels=(Band(array="loss", label=""),)), rows, tmp_path)
