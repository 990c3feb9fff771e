"""The figures of the suite on depth and skip connections, on records and arrays made up for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme
from tests.suites.depth_records import folder, random_records, write_arrays  # noqa: F401 -- for `arrays`

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
        records.drop(columns=["arm", "depth"]),
        records.assign(status="failed"),
    ):
        assert drawn(name, nothing, tmp_path) is None


@pytest.mark.parametrize(
    "profile", ["ci", "full"]
)  # small has the networks of the one and the names of the other
@pytest.mark.parametrize("name", figures)
def test_a_figure_of_every_profile_can_be_drawn(
    name: str, profile: str, arrays: Callable[[str], Path]
) -> None:
    figure = drawn(name, random_records(profile), arrays(profile))
    with theme():
        picture = figure.contours() if isinstance(figure, Surfaces) else figure
        assert isinstance(picture, Figure)
        picture.draw_without_rendering()


def titles(figure: Figure) -> list[str]:
    shown = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    return [title.partition(":")[0] for title in shown if title]


def test_surfaces_stand_without_skips_above_and_with_them_below(arrays: Callable[[str], Path]) -> None:
    space = drawn("surfaces", random_records("full"), arrays("full"))
    names = [panel.name.partition(" (loss")[0] for panel in space.panels]
    plain, skipping = (
        [f"depth {depth}, {kind} skips" for depth in (20, 56, 110)] for kind in ("without", "with")
    )
    assert names == [*plain, *skipping, "DenseNet"]
    assert all(
        panel.name.endswith(f"(loss {panel.loss[panel.loss.shape[0] // 2, panel.loss.shape[1] // 2]:.2g})")
        for panel in space.panels
    )


def test_the_path_has_its_share_and_that_of_shuffled_paths(arrays: Callable[[str], Path]) -> None:
    records = random_records("ci")
    shares = {"explained_12": 0.9, "null_12": 0.8}
    known = records.assign(value=records["quantity"].map(shares).fillna(records["value"]))
    figure = drawn("paths_of_training", known, arrays("ci"))
    assert figure.axes[0].get_title(loc="left") == "depth 4: 90 % (80 %)"
