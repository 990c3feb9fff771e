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
from benchmark.report.figures.kind import Kind
from benchmark.report.figures.named_columns import check_columns, named_columns
from benchmark.report.figures.said import said_of
from benchmark.report.figures.surfaces import Surfaces
from benchmark.report.figures.theme import theme
from benchmark.report.pages.suite_factors import factors_of
from benchmark.results.records import schema
from tests.suites.folders import folders, profiles
from tests.suites.random_records import random_records, write_arrays

columns_of_records = schema.names
figures = {
    (name, said_of(figure).name): figure for name, folder in folders.items() for figure in folder.figures
}
naming_columns = [
    key for key, figure in figures.items() if isinstance(figure, Kind) and any(named_columns(figure))
]
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
    for nothing in (
        records.iloc[:0],
        records.assign(measure="another", label="another"),
        records.assign(status="failed"),
    ):
        assert drawn(suite, name, nothing, tmp_path) is None


@pytest.mark.parametrize(("suite", "name"), naming_columns)
def test_a_figure_is_absent_without_its_columns(
    suite: str, name: str, arrays: Callable[[str, str], Path]
) -> None:
    records = random_records(suite, "ci")
    own = {column for _, column in named_columns(figures[suite, name])} & set(records)
    assert drawn(suite, name, records.drop(columns=list(own)), arrays(suite, "ci")) is None


@each
def test_a_figure_names_only_columns_that_its_suite_can_have(suite: str, name: str) -> None:
    check_columns(figures[suite, name], columns_of_records, lambda: factors_of(folders[suite].suite))


@each
def test_a_figure_says_what_it_shows(suite: str, name: str) -> None:
    said = said_of(figures[suite, name])
    assert said.title and said.caption and not said.title.endswith(".")
    claims = folders[suite].claims
    assert set(said.shows) <= {claim.id for claim in claims} | {claim.root for claim in claims}


@pytest.mark.parametrize("suite", folders)
def test_drawing_twice_gives_the_same_bytes(suite: str, arrays: Callable[[str, str], Path]) -> None:
    """The first figure stands for all: that the drawing repeats itself is of the theme, not of a figure."""
    figure, records = folders[suite].figures[0], random_records(suite, "ci")
    first, second = (
        draw(lambda: figure(records, arrays(suite, "ci")), name="twice", title="Twice") for _ in range(2)
    )
    assert first is not None and first == second
