"""Vertical axes that are not logarithmic: 0 is on them, and all that is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.bands import Band, Bands
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.scales import linear_from_zero
from benchmark.report.figures.theme import theme
from benchmark.stats.number import Number
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, error, put, row, said, trace, widths


@pytest.fixture(autouse=True)
def _themed() -> Iterator[None]:
    with theme():
        yield


def of_widths(values: Sequence[float], **more: Any) -> list[dict[str, Any]]:
    return [row(f"w{i}", value, width=2.0**i, arm="a", **more) for i, value in enumerate(values)]


linear = against(panels=(Panel(number=trace, label="difference"),))


@red_with(
    Mutant(linear_from_zero, "low if least < 0 else 0", "0"),
    Mutant(linear_from_zero, "0 if most < 0 else high", "high"),
    Mutant(linear_from_zero, "low if least < 0 else 0", "least if least < 0 else 0"),
)
def test_negative_numbers_are_in_sight_with_a_margin() -> None:
    for values in ((-0.30, -0.1, 0.05), (-0.30, -0.2, -0.1)):
        (axes,) = drawn(linear, of_widths(values)).axes
        low, high = axes.get_ylim()
        assert low < -0.30 and high >= max(0, *values)


def test_an_axis_of_positive_numbers_begins_at_zero() -> None:
    for values in ((0.2, 0.3, 0.4), (0.0, 0.0, 0.0)):
        low, high = drawn(linear, of_widths(values)).axes[0].get_ylim()
        assert low == 0 and high > max(values)


def test_an_interval_that_goes_below_zero_is_drawn_whole() -> None:
    rows = [one for seed, value in enumerate((0.0, 1.0)) for one in of_widths([value] * 2, seed=seed)]
    (axes,) = drawn(linear, rows).axes
    assert axes.get_ylim()[0] < 0.5 - 12.706 * 0.5  # t of one degree of freedom, times the error of the mean


def test_a_number_at_zero_makes_the_axis_linear_from_zero() -> None:
    (axes,) = drawn(against(), of_widths((0.0, 0.3, 0.4))).axes
    assert (axes.get_yscale(), axes.get_ylim()[0]) == ("linear", 0)


@pytest.mark.filterwarnings("ignore:Attempt to set non-positive")  # under the mutant
@red_with(Mutant(Against._on_one_scale, "replace(panel, log=False)", "panel"))
def test_panels_that_share_an_axis_are_linear_where_one_cannot_be_logarithmic() -> None:
    panels = tuple(Panel(number=number, label="", log=True) for number in (error, trace))
    rows = of_widths((0.0, 0.3, 0.4)) + [
        row(f"w{i}", 0.1, measure="performance", quantity="test_error", width=2.0**i, arm="a")
        for i in range(3)
    ]
    figure = drawn(against(panels=panels, layout=PanelLayout(share="y")), rows)
    assert {axes.get_yscale() for axes in figure.axes} == {"linear"}


def test_negative_curves_are_in_sight(tmp_path: Path) -> None:
    rows = [row(f"n{seed}", 0.0, measure="barrier", seed=seed) for seed in (0, 1)]
    for seed in (0, 1):
        put(tmp_path, f"n{seed}", "barrier", alpha=[0, 0.5, 1], gap=[0, -0.3, 0.1])
    bands = Bands(
        **said,
        measure=Number(measure="barrier"),
        x="alpha",
        x_label="",
        panels=(Band(array="gap", label=""),),
    )
    (axes,) = drawn(bands, rows, tmp_path).axes
    assert axes.get_ylim()[0] < -0.3


def test_negative_numbers_of_a_map_have_colours_of_their_own() -> None:
    rows = [row(f"{w}{lr}", w * lr - 3.0, width=w, lr=lr) for w in (0, 1) for lr in (1, 2)]
    cells = drawn(Heat(**said, number=trace, x="width", y="lr", label=""), rows).axes[0].collections[0]
    assert (cells.norm.vmin, cells.norm.vmax) == (-3.0, 0.0)
    assert len(np.unique(cells.to_rgba([-3.0, -2.0, -1.0]), axis=0)) == 3


def test_intervals_of_seeds_leave_a_logarithmic_axis_logarithmic() -> None:
    (axes,) = drawn(against(), widths()).axes
    assert axes.get_yscale() == "log"
