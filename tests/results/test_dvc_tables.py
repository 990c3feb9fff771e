"""The small files that DVC shows."""

from __future__ import annotations

import pandas as pd

from benchmark.results.dvc_tables import arms


def test_an_arm_is_named_by_the_labels_that_its_cells_have() -> None:
    rows = pd.DataFrame(
        {
            "suite": "s",
            "arm": ["width", "depth"],
            "width": [64, None],
            "depth": [None, 2],
            "model": ["MLP", "VGG"],
        }
    ).astype({"width": "Int64", "depth": "Int64"})
    assert arms(rows).tolist() == ["width 64", "depth 2"]


def test_a_label_that_is_true_is_named_and_one_that_is_false_adds_nothing() -> None:
    rows = pd.DataFrame(
        {"suite": "s", "width": [4, 4, 4], "tuned": [True, False, None], "arm": ["a", "a", "b"]}
    )
    assert arms(rows).tolist() == ["tuned a", "a", "b"]
