"""What only the suite on depth and skip connections has: its refusals, a learning rate, a reduction of its own."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from benchmark.stats.number import CannotReduce
from benchmark.suite.folder import find
from tests import root
from tests.suites.manifest import planned

folder = find("depth_skip_connections", root / "suites")
ci = folder.suite.profiles["ci"]
_ = folder.claims  # imports it
claims_module = sys.modules["suites.depth_skip_connections.claims"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depths": (4, 4)}, r"depths is \(4, 4\); give two at least"),
        ({"depths": (1, 4)}, r"depths is .*1 does not fit network='mlp' \(.*give depth >= 2"),
        (
            {"depths": (4, 8), "lr": 0.02, "epochs": 30},
            r"settings is .*'deep' is a network of the arm depth; leave",
        ),
        ({"n_train": None}, r"n_train is None; .*give it for data='digits'"),
        ({"path_epochs": 31}, r"path_epochs is 31; a trajectory needs 3 points; give at most 20"),
    ],
)
def test_a_config_names_the_field_that_is_wrong(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(ci, **changes)


def test_only_deep_networks_without_shortcuts_take_a_tenth_of_the_learning_rate_in_full() -> None:
    full = planned(folder.name, "full")
    deep = [cell for cell in full.cells if full.factors(cell)["arm"] == "depth"]
    slow = {(cell.model.depth, cell.model.skip) for cell in deep if cell.training.lr == 0.01}
    assert {cell.training.lr for cell in deep} == {0.1, 0.01} and slow == {(56, False), (110, False)}


def areas(shallow: float, deep: float) -> pd.DataFrame:
    rows: pd.DataFrame = claims_module.areas_example(0.0)
    return rows.assign(value=[shallow, deep], status="done")


@pytest.mark.parametrize(
    ("shallow", "deep", "growth"),
    [(1, 1, 0), (1, 3, 0.5), (3, 1, -0.5), (1, 0, -1), (0, 1, 1), (0, 0, math.nan)],
)
def test_contour_areas_are_compared_by_their_relative_difference(
    shallow: float, deep: float, growth: float
) -> None:
    rows = areas(shallow, deep).sample(frac=1, random_state=0)
    assert claims_module.growth_of_area(rows) == pytest.approx(growth, abs=0, rel=0, nan_ok=True)


def test_contour_areas_need_two_depths() -> None:
    with pytest.raises(CannotReduce, match=r"contour areas at the depths \[20\]; needs two"):
        claims_module.growth_of_area(areas(1, 1).iloc[:1])
