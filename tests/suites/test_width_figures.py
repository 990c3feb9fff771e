"""The figures of the suite on width, on records and arrays made up for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme
from tests.suites.width_records import folder, random_records, write_arrays  # noqa: F401 -- for `arrays`

figures = {function.__name__: function for function in folder.figures}


def drawn(name: str, records: pd.DataFrame, arrays: Path) -> Any:
    with theme():
        return figures[name](records, arrays)


@pytest.mark.parametrize("name", figures)
def test_a_figure_is_absent_without_its_records(name: str, tmp_path: Path) -> None:
    records = random_records("ci")
    for nothing in (
        records.iloc[:0],
        records[records["measure"] == "weight_norm"],
        records.drop(columns=["arm", "width"]),
        records.assign(status="failed"),
    ):
        assert drawn(name, nothing, tmp_path) is None


@pytest.mark.parametrize("profile", ["ci", "small", "full"])
@pytest.mark.parametrize("name", figures)
def test_a_figure_of_every_profile_can_be_drawn(
    name: str, profile: str, arrays: Callable[[str], Path]
) -> None:
    figure = drawn(name, random_records(profile), arrays(profile))
    with theme():
        picture = figure.contours() if isinstance(figure, Surfaces) else figure
        assert isinstance(picture, Figure)
        picture.draw_without_rendering()


def test_figures_of_arrays_are_absent_without_them(tmp_path: Path) -> None:
    for name in ("lines_between_solutions", "surfaces_over_width"):
        assert drawn(name, random_records("ci"), tmp_path) is None


def test_a_barrier_has_a_row_of_panels_for_every_kind_of_network(tmp_path: Path) -> None:
    n_panels = {
        profile: len(drawn("barrier_against_width", random_records(profile), tmp_path).axes)
        for profile in ("ci", "small", "full")
    }
    assert n_panels == {"ci": 4, "small": 4, "full": 6}  # MLP and muP; MLP and CNN; MLP, VGG and ResNet


def test_mup_has_the_standard_network_at_the_width_where_they_are_one(tmp_path: Path) -> None:
    figure = drawn("error_against_width", random_records("ci"), tmp_path)
    bars: tuple[list[Any], list[str]] = figure.axes[0].get_legend_handles_labels()
    means = {text: bar.lines[0].get_xydata() for bar, text in zip(*bars, strict=True)}
    assert list(means["MLP, muP"][:, 0]) == [4, 64, 256]
    assert list(means["MLP, muP"][1]) == list(means["MLP"][2])


def test_lines_show_at_most_four_widths_of_a_network(arrays: Callable[[str], Path]) -> None:
    figure = drawn("lines_between_solutions", random_records("small"), arrays("small"))
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]
    assert titles[:4] == ["Width 8", "Width 32", "Width 256", "Width 1024"] and len(titles) == 8


def test_every_figure_has_a_title_and_a_caption() -> None:
    for function in figures.values():
        title, blank, *caption = (function.__doc__ or "").splitlines()
        assert title and not blank and any(line.strip() for line in caption)
