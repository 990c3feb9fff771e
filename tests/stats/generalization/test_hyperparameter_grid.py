"""What a grid takes, what it refuses and how it tells cells apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmark.stats.generalization.hyperparameter_grid import Grid
from tests.mutants import Mutant, red_with
from tests.stats.generalization.grids import independent, settings

GOOD: dict[str, Any] = {
    "measure": np.array([1.0, 2.0, 3.0]),
    "gap": np.array([0.1, 0.2, 0.3]),
    "settings": {"width": [16, 16, 64], "optimizer": ["sgd", "adam", "sgd"]},
}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"settings": {}}, "settings is empty; name at least one"),
        ({"measure": np.ones(2)}, r"lengths differ: \{'measure': 2, 'gap': 3, 'width': 3"),
        ({"settings": {"width": [16, 64]}}, "lengths differ"),
        ({"gap": np.array([0.1, np.nan, 0.3])}, "gap of network 1 is nan, as of 1 in all; leave these out"),
        ({"measure": np.array([1.0, 2.0, np.inf])}, "measure of network 2 is inf"),
        ({"measure": np.ones((3, 1))}, r"measure has shape \(3, 1\); give one number for each network"),
        ({"settings": {"width": [16, 16, 16]}}, "width has the single setting 16; leave it out"),
        ({"settings": {"width": []}}, "width has no setting"),
        ({"settings": {"lr": [0.1, float("nan"), 0.3]}}, "lr of network 1 is NaN; give every network a setting"),
    ],
)  # fmt: skip
def test_what_no_statistic_could_read_is_refused_by_name(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Grid(**GOOD | changed)


def test_cells_are_where_the_hyperparameters_named_agree() -> None:
    grid = Grid(**GOOD)
    assert grid.cells(["width"])[0] == grid.cells(["width"])[1] != grid.cells(["width"])[2]
    assert grid.cells(["optimizer"])[0] == grid.cells(["optimizer"])[2] != grid.cells(["optimizer"])[1]
    assert sorted(grid.cells(["width", "optimizer"])) == [0, 1, 2]
    assert grid.cells([]).tolist() == [0, 0, 0]
    assert grid.others("width") == ("optimizer",)


def test_an_unknown_hyperparameter_is_named_beside_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"no hyperparameter 'depth'; it has \['width', 'optimizer'\]"):
        Grid(**GOOD).cells(["depth"])


@red_with(
    Mutant(Grid.averaged, "np.bincount(cell_N, self.measure) / n_C", "np.bincount(cell_N, self.measure)"),
    Mutant(Grid.averaged, "np.bincount(cell_N, self.gap) / n_C", "np.bincount(cell_N, self.gap)"),
)
def test_averaging_leaves_one_network_with_the_means_of_its_repeats() -> None:
    averaged = Grid(
        measure=np.array([1.0, 5.0, 3.0]), gap=np.array([0.1, 0.2, 0.3]), settings={"width": [64, 16, 64]}
    ).averaged()
    by_width = dict(
        zip(averaged.settings["width"], zip(averaged.measure, averaged.gap, strict=True), strict=True)
    )
    assert by_width == {64: (2.0, pytest.approx(0.2)), 16: (5.0, pytest.approx(0.2))}


def test_without_repeats_averaging_changes_no_number() -> None:
    grid = independent(2, 3)
    averaged = grid.averaged()
    assert sorted(averaged.measure) == sorted(grid.measure)
    assert len(averaged.gap) == len(settings(2, 3)["h0"])


def test_another_measure_leaves_gap_and_settings_alone() -> None:
    grid = Grid(**GOOD)
    other = grid.with_measure(-grid.measure)
    assert other.gap is grid.gap
    assert other.settings is grid.settings
    assert other.measure.tolist() == [-1, -2, -3]
    assert grid.with_gap(np.zeros(3)).measure is grid.measure
