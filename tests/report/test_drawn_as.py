"""What a caption says of how a figure was drawn: what is true of it, and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.report.figures.drawing import figure_section
from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter, _positive, _scale
from benchmark.report.figures.theme import theme
from benchmark.stats.number import Number
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, error, nowhere, put, row, said, trace, widths


def caption(figure: Any, rows: list[dict[str, Any]], arrays: Path = nowhere) -> str:
    """Return what the caption of a figure says besides its own words."""
    section = figure_section("example", figure, pd.DataFrame(rows), arrays)
    assert not section.note
    return section.caption.removeprefix(said["caption"]).strip()


bars = "Thin lines are seeds, dots with bars {}means over seeds with 95 % t intervals{}."
both = ", geometric on logarithmic axes and arithmetic on linear ones"


@red_with(Mutant(Against._drawn_as, '"geometric " if True in scales', '"arithmetic " if True in scales'))
def test_means_are_called_geometric_where_they_are() -> None:
    logarithmic, linear = (Panel(number=trace, label="", log=log) for log in (True, False))
    assert caption(against(panels=(logarithmic,)), widths()) == bars.format("geometric ", "")
    assert caption(against(panels=(linear,)), widths()) == bars.format("arithmetic ", "")
    assert caption(against(panels=(logarithmic, linear)), widths()) == bars.format("", both)


def test_means_on_an_axis_with_a_number_at_zero_are_called_arithmetic() -> None:
    rows = [one | {"value": 0.0} if one["width"] == 1 else one for one in widths()]
    assert caption(against(), rows) == bars.format("arithmetic ", "")


def test_one_seed_has_no_intervals() -> None:
    assert caption(against(), [one for one in widths() if one["seed"] == 0]) == "Dots are single seeds."


def test_curves_say_whether_their_mean_ends_before_them() -> None:
    curve = Curve(number=Number(measure="history", quantity="loss"), label="")
    figure = Curves(**said, x="step", x_label="", panels=(curve,))
    rows = [
        row(f"n{seed}", 1.0, measure="history", quantity="loss", seed=seed, index={"step": step})
        for seed in (0, 1) for step in (0, 5, 10)
    ]  # fmt: skip
    assert caption(figure, rows) == "Thin lines are seeds, thick ones their mean."
    assert (
        caption(figure, rows[:-1])
        == "Thin lines are seeds, thick ones their mean where all seeds have a value."
    )
    assert caption(figure, rows[:3]) == "A line is a single seed."


def test_bands_say_what_is_drawn_of_how_many(tmp_path: Path) -> None:
    rows = [row(f"n{seed}", 0.0, measure="lines", seed=seed) for seed in (0, 1)]
    for seed in (0, 1):
        put(tmp_path, f"n{seed}", "lines", alpha=[0, 1], loss=[[1, 2], [3, 4]])
    panel = Band(array="loss", label="")
    of: dict[str, Any] = {"measure": Number(measure="lines"), "x": "alpha", "x_label": "", "panels": (panel,)}
    one = caption(Bands(**said, **of, one_seed=True), rows, tmp_path)
    every = caption(Bands(**said, **of), rows, tmp_path)
    assert one.startswith("Thin lines are single curves, thick ones their median") and one.endswith(
        "all of one seed."
    )
    assert (
        every.startswith("Thin lines are single curves, thick ones their median") and "one seed" not in every
    )
    put(tmp_path, "n0", "lines", alpha=[0, 1], loss=[1, 2])
    assert caption(Bands(**said, **of, one_seed=True), rows, tmp_path) == "A line is a single curve."


def test_maps_say_whether_their_numbers_are_means() -> None:
    heat = Heat(**said, number=trace, x="width", y="arm", label="")
    assert caption(heat, widths()) == "Numbers are means over seeds."
    assert caption(heat, [one for one in widths() if one["seed"] == 0]) == "One seed."


def networks(*errors: float) -> list[dict[str, Any]]:
    return [
        one for i, value in enumerate(errors)
        for one in (row(f"n{i}", 1.0 + i), row(f"n{i}", value, measure="performance", quantity="test_error"))
    ]  # fmt: skip


dots = Dots(x=trace, x_label="", y=error, y_label="", log_x=True, log_y=True)


@red_with(
    Mutant(_positive, "> 0", ">= 0"),
    Mutant(_scale, "<= 0", "< 0"),
)
@pytest.mark.filterwarnings("ignore")  # under a mutant
def test_dots_that_a_logarithmic_axis_cannot_hold_are_counted_in_the_panel() -> None:
    with theme():
        for errors, note in (
            ((0.1, 0.0, 0.2, 0.0), ["2 at 0 not shown"]),
            ((0.1, 0.0, -0.2, 0.3), ["2 at or below 0 not shown"]),
            ((0.1, 0.2), []),
        ):
            (axes,) = drawn(Scatter(**said, panels=(dots,)), networks(*errors)).axes
            assert [text.get_text() for text in axes.texts] == note
            assert len(axes.collections[0].get_offsets()) == sum(value > 0 for value in errors)
            assert axes.get_yscale() == "log"


def test_dots_that_are_all_at_zero_stand_on_linear_axes() -> None:
    with theme():
        (axes,) = drawn(Scatter(**said, panels=(dots,)), networks(0.0, 0.0)).axes
    assert len(axes.collections[0].get_offsets()) == 2 and axes.get_yscale() == "linear" and not axes.texts
