"""Every figure of every suite, on records and arrays made up for it: what it draws, and what it leaves out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmark.report.figures.drawing import draw
from benchmark.report.figures.named_columns import check_columns
from benchmark.report.figures.said import said_of
from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme
from benchmark.report.pages.suite_factors import factors_of
from benchmark.results.records import schema
from benchmark.suite.folder import available, find
from tests import root
from tests.suites.random_records import random_records, write_arrays

profiles = ("ci", "small", "full")
columns_of_records = schema.names
figures = {
    (name, said_of(figure).name): figure
    for name in available(root / "suites")
    for figure in find(name, root / "suites").figures
}
each = pytest.mark.parametrize(("suite", "name"), figures)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """Give the folder with the arrays of a suite and a profile, written once."""

    @functools.cache
    def written(suite: str, profile: str) -> Path:
        folder = tmp_path_factory.mktemp(f"{suite}-{profile}")
        write_arrays(suite, profile, folder)
        return folder

    return written


def drawn(suite: str, name: str, records: pd.DataFrame, arrays: Path) -> Any:
    with theme():
        return figures[suite, name](records, arrays)


@each
def test_a_figure_can_be_drawn_of_every_profile_that_has_its_records(
    suite: str, name: str, arrays: Callable[[str, str], Path]
) -> None:
    found = {
        profile: drawn(suite, name, random_records(suite, profile), arrays(suite, profile))
        for profile in profiles
    }
    assert any(found.values()), "no profile has what it shows"
    with theme():
        for figure in filter(None, found.values()):
            picture = figure.contours() if isinstance(figure, Surfaces) else figure
            assert isinstance(picture, Figure)
            picture.draw_without_rendering()


@each
def test_a_figure_is_absent_without_its_records(suite: str, name: str, tmp_path: Path) -> None:
    records = random_records(suite, "ci")
    own = [column for column in ("arm", "network", "depth", "width", "batch_size") if column in records]
    for nothing in (
        records.iloc[:0],
        records[records["measure"] == "weight_norm"],
        records.drop(columns=own),
        records.assign(status="failed"),
    ):
        assert drawn(suite, name, nothing, tmp_path) is None


@each
def test_a_figure_names_only_columns_that_its_suite_can_have(suite: str, name: str) -> None:
    check_columns(
        figures[suite, name], columns_of_records, lambda: factors_of(find(suite, root / "suites").suite)
    )


@each
def test_a_figure_says_what_it_shows(suite: str, name: str) -> None:
    said = said_of(figures[suite, name])
    assert said.title and said.caption and not said.title.endswith(".")
    claims = find(suite, root / "suites").claims
    assert set(said.shows) <= {claim.id for claim in claims} | {claim.root for claim in claims}


def test_drawing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    records = random_records("batch_size_sharpness", "ci")
    figure = figures["batch_size_sharpness", "training_curves"]
    first, second = (draw(lambda: figure(records, tmp_path), name="curves", title="Curves") for _ in range(2))
    assert first is not None and first == second


def titles(figure: Figure) -> list[str]:
    return [title for axes in figure.axes if axes.get_visible() and (title := axes.get_title(loc="left"))]


def test_surfaces_stand_without_skips_above_and_with_them_below(arrays: Callable[[str, str], Path]) -> None:
    suite = "depth_skip_connections"
    space = drawn(suite, "surfaces", random_records(suite, "full"), arrays(suite, "full"))
    named = [panel.name.partition(" (loss")[0] for panel in space.panels]
    plain, skipping = (
        [f"{kind} skips, depth {depth}" for depth in (20, 56, 110)] for kind in ("Without", "With")
    )
    assert named == [*plain, *skipping, "DenseNet"]


def test_the_path_has_its_share_and_that_of_shuffled_paths(arrays: Callable[[str, str], Path]) -> None:
    suite = "depth_skip_connections"
    records = random_records(suite, "ci")
    shares = {"explained_12": 0.9, "null_12": 0.8}
    known = records.assign(value=records["quantity"].map(shares).fillna(records["value"]))
    space = drawn(suite, "paths_of_training", known, arrays(suite, "ci"))
    assert space.panels[0].name.endswith("(90 %, shuffled 80 %)")


def test_a_barrier_has_a_row_of_panels_for_every_kind_of_network(tmp_path: Path) -> None:
    n_panels = {
        profile: len(
            titles(drawn("width", "barrier_against_width", random_records("width", profile), tmp_path))
        )
        for profile in profiles
    }
    assert n_panels == {"ci": 2, "small": 2, "full": 3}  # MLP and muP; MLP and CNN; MLP, VGG and ResNet


def test_mup_has_the_standard_network_at_the_width_where_they_are_one(tmp_path: Path) -> None:
    figure = drawn("width", "error_against_width", random_records("width", "ci"), tmp_path)
    bars: tuple[list[Any], list[str]] = figure.axes[0].get_legend_handles_labels()
    means = {text: bar.lines[0].get_xydata() for bar, text in zip(*bars, strict=True)}
    assert list(means["MLP, muP"][:, 0]) == [4, 64, 256]
    assert list(means["MLP, muP"][1]) == list(means["MLP"][2])


def test_lines_show_at_most_four_widths_of_a_network(arrays: Callable[[str, str], Path]) -> None:
    figure = drawn(
        "width", "lines_between_solutions", random_records("width", "small"), arrays("width", "small")
    )
    assert [title.rpartition("width ")[2] for title in titles(figure)][:4] == ["8", "32", "256", "1024"]
    assert len(titles(figure)) == 8
