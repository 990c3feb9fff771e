"""The table has one schema, equal bytes for equal rows, and takes tables made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark import records


def row(**changes: Any) -> dict[str, Any]:
    base = {
        "suite": "s", "profile": "ci", "cells": ["k"], "factors": '{"arm":"a","training.batch_size":8}', "seed": 0,
        "measure": "m", "label": "m", "options": "{}", "quantity": "value", "index": "", "value": 1.5,
        "standard_error": None, "unit": "nats", "positive": True, "status": "done", "reason": "", "device": "cpu",
    }  # fmt: skip
    return base | changes


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    rows = [row(seed=seed, value=float("nan") if seed == 1 else seed / 3) for seed in range(50)]
    for name in ("a", "b"):
        records.write(tmp_path / name, rows)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_factors_become_columns(tmp_path: Path) -> None:
    records.write(tmp_path / "r.parquet", [row(), row(factors='{"arm":"b","lr":0.1}')])
    frame = records.read(tmp_path / "r.parquet")
    assert list(frame["arm"]) == ["a", "b"]
    assert frame["training.batch_size"].iloc[0] == 8 and pd.isna(frame["training.batch_size"].iloc[1])


def test_infinite_values_stay_infinite(tmp_path: Path) -> None:
    records.write(tmp_path / "r.parquet", [row(value=float("inf")), row(value=float("-inf"))])
    assert list(records.read(tmp_path / "r.parquet")["value"]) == [float("inf"), float("-inf")]


def test_a_table_made_elsewhere_needs_few_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("seed,measure,value,batch_size\n0,sharpness,1.5,8\n0,sharpness,3,512\n")
    frame = records.read(path)
    assert set(frame["profile"]) == {"external"} and set(frame["status"]) == {"done"}
    assert list(frame["batch_size"]) == [8, 512]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed,measure\n0,m\n", "no column 'value'"),
        ("seed,measure,value\n0,m,large\n", "'large' is not a number"),
        ("seed,measure,value,status\n0,m,1,fine\n", "status 'fine'"),
    ],
)
def test_a_table_that_is_none_of_records_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(records.SchemaError, match=said):
        records.read(path)
