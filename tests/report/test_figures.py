"""The figures of the batch-size suite, on records made up for them."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from benchmark.report.figures.drawing import draw
from benchmark.report.figures.theme import theme
from benchmark.results import records
from tests import root
from tests.report import synthetic

path = root / "suites" / "batch_size_sharpness" / "figures.py"


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    found = importlib.util.spec_from_file_location("figures_under_test", path)
    assert found is not None and found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def frame_with(tmp_path: Path, *networks: str) -> pd.DataFrame:
    rows = [
        {**row, "factors": json.dumps(json.loads(row["factors"]) | {"network": network}),
         "cells": [synthetic.key(network, cell) for cell in row["cells"]]}
        for network in networks for row in synthetic.rows()
    ]  # fmt: skip
    records.write(tmp_path / "records.parquet", rows)
    return records.read(tmp_path / "records.parquet")


def test_each_figure_is_absent_without_its_records(figures: ModuleType, tmp_path: Path) -> None:
    frame = frame_with(tmp_path, "mlp")
    for nothing in (
        frame.iloc[:0],
        frame[frame["measure"] == "weight_norm"],
        frame.drop(columns=["arm", "batch_size"]),
    ):
        for function in figures.figures:
            with theme():
                assert function(nothing, tmp_path) is None, function.__name__


def test_two_networks_are_two_rows_of_panels(figures: ModuleType, tmp_path: Path) -> None:
    frame = frame_with(tmp_path, "small_cnn", "small_cnn_bn")
    with theme():
        drawn = {f.__name__: f(frame, tmp_path) for f in figures.figures}
    assert len(drawn["sharpness_against_batch_size"].axes) == 4
    assert len(drawn["line_between_solutions"].axes) == 4
    titles = [axes.get_title(loc="left") for axes in drawn["line_between_solutions"].axes]
    assert titles[0] == "small cnn, batch 8 (at 0) to 500 (at 1)" and titles[2].startswith("small cnn bn, ")


def test_only_done_networks_are_drawn(figures: ModuleType, tmp_path: Path) -> None:
    shown = figures.numbers(frame_with(tmp_path, "mlp"), figures.top)
    assert len(shown) == 38 and set(shown["status"]) == {"done"}


def test_every_figure_has_a_title_and_a_caption(figures: ModuleType) -> None:
    for function in figures.figures:
        title, blank, *caption = function.__doc__.splitlines()
        assert title and not blank and any(line.strip() for line in caption)


def test_drawing_twice_gives_the_same_bytes(figures: ModuleType, tmp_path: Path) -> None:
    frame = frame_with(tmp_path, "mlp")
    first, second = (
        draw(lambda: figures.training_curves(frame, tmp_path), name="curves", title="Curves")
        for _ in range(2)
    )
    assert first is not None and first == second
