"""Finding the arrays of a measure, whatever state the folder is in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save

from benchmark.report.figures.arrays import measure_arrays
from benchmark.results import records
from tests.mutants import Mutant, red_with
from tests.report import synthetic

one, two = synthetic.key("one"), synthetic.key("two")
label = "loss_surface[half_width=0.5,plane=random]"


def row(cells: list[str], *, value: float = 1.0, **factors: Any) -> dict[str, Any]:
    return {
        "suite": "s", "profile": "ci", "cells": cells, "factors": json.dumps(factors), "seed": 0, "label": label,
        "measure": label.partition("[")[0], "options": "{}", "quantity": "value", "index": "", "value": value,
        "standard_error": None, "unit": "", "positive": True, "status": "done", "reason": "", "device": "cpu",
    }  # fmt: skip


def table(tmp_path: Path, *rows: dict[str, Any]) -> pd.DataFrame:
    records.write(tmp_path / "records.parquet", rows)
    return records.read(tmp_path / "records.parquet")


def put(folder: Path, name: str, **arrays: np.ndarray[Any, Any]) -> Path:
    path = folder / name
    path.write_bytes(save(arrays))
    return path


def name_of(*cells: str) -> str:
    return "loss_surface.half_width-0.5.plane-random." + "-".join(key[:12] for key in cells) + ".safetensors"


@red_with(Mutant(measure_arrays, 'drop_duplicates("_file")', "iloc[:]"))
def test_each_network_comes_once_with_its_row(tmp_path: Path) -> None:
    frame = table(tmp_path, row([one], arm="a"), row([one], value=2.0, arm="a"), row([two], arm="b"))
    put(tmp_path, name_of(one), alpha=np.arange(3.0))
    put(tmp_path, name_of(two), alpha=np.arange(4.0))
    found = measure_arrays(frame, tmp_path, "loss_surface")
    assert [(row["arm"], len(content["alpha"])) for row, content in found] == [("a", 3), ("b", 4)]


def test_a_measure_of_two_networks_is_found_under_both_keys(tmp_path: Path) -> None:
    put(tmp_path, name_of(one, two), path=np.eye(2))
    ((_, content),) = measure_arrays(table(tmp_path, row([one, two])), tmp_path, "loss_surface")
    assert np.array_equal(content["path"], np.eye(2))


def test_columns_choose_what_is_found(tmp_path: Path) -> None:
    factors: list[dict[str, Any]] = [{"model.width": 8}, {"model.width": 16}]
    frame = table(tmp_path, row([one], **factors[0]), row([two], **factors[1]))
    for key in (one, two):
        put(tmp_path, name_of(key), alpha=np.arange(3.0))
    width: dict[str, Any] = {"model.width": 16}
    assert [r["cells"][0] for r, _ in measure_arrays(frame, tmp_path, "loss_surface", **width)] == [two]
    both: dict[str, Any] = {"model.width": (8, 16)}
    assert len(measure_arrays(frame, tmp_path, "loss_surface", **both)) == 2
    assert measure_arrays(frame, tmp_path, "loss_surface", arm="absent column") == []
    assert measure_arrays(frame, tmp_path, "another") == []
    assert measure_arrays(frame.iloc[:0], tmp_path, "loss_surface") == []


@pytest.mark.parametrize("content", [b"", b"not arrays", save({"a": np.arange(9.0)})[:-5], b"\xff" * 64])
def test_a_damaged_file_is_passed_over(content: bytes, tmp_path: Path) -> None:
    frame = table(tmp_path, row([one]), row([two]))
    (tmp_path / name_of(one)).write_bytes(content)
    put(tmp_path, name_of(two), alpha=np.arange(4.0))
    assert [row["cells"][0] for row, _ in measure_arrays(frame, tmp_path, "loss_surface")] == [two]


def test_missing_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    frame = table(tmp_path, row([one]), row([two]))
    (tmp_path / name_of(one)).mkdir()
    assert measure_arrays(frame, tmp_path, "loss_surface") == []
    assert measure_arrays(frame, tmp_path / "nowhere", "loss_surface") == []
