"""What only the suite on depth and skip connections has: its refusals and a learning rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.said import said_of
from benchmark.suite.folder import find
from tests import root
from tests.suites.manifest import planned

folder = find("depth_skip_connections", root / "suites")
ci = folder.suite.profiles["ci"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mlp_depths": (4, 4)}, r"mlp_depths is \(4, 4\); give two at least, .*, or none"),
        ({"mlp_depths": ()}, r"mlp_depths is \(\); give depths here, or in another"),
        ({"mlp_depths": (1, 4)}, r"mlp_depths is .*1 does not fit \(.*give depth >= 2"),
        ({"resnet_depths": (8, 19)}, r"resnet_depths is .*19 does not fit \("),
        ({"resnet_epochs": 3}, r"path_epochs is 2; a trajectory needs 3 points; give at most 1"),
        (
            {"mlp_depths": (4, 8), "lr": 0.02, "epochs": 30},
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


def test_the_path_of_a_network_has_its_own_share_and_that_of_shuffled_paths() -> None:
    (figure,) = (one for one in folder.figures if said_of(one).name == "paths_of_training")
    own, other = ({"cells": [cell], "measure": "trajectory_pca"} for cell in ("own", "other"))
    shares = [
        (own, "explained_12", 0.9),
        (own, "null_12", 0.8),
        (other, "explained_12", 0.1),
        (other, "null_12", 0.2),
    ]
    records = pd.DataFrame(
        [{**cell, "quantity": quantity, "value": value} for cell, quantity, value in shares]
    )
    assert isinstance(figure, Planes) and callable(figure.detail)
    assert figure.detail(records, records[:1]) == "90 %, shuffled 80 %"
