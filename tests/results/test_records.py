"""The table has one schema, equal bytes for equal rows, and takes tables made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.results import records


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
        ("", "No columns to parse"),
        ("seed,measure\n0,m\n", "no column 'value'"),
        ('seed,measure,value\n0,m,1\n0,"m,1,2\n', "cannot be read as a table"),
        ("seed,measure,value\n0,m,1,2,3\n0,m\n0,m,1,2,3,4,5\n", "cannot be read as a table"),
        (b"seed,measure,value\n0,\xff\xfe,1\n", "cannot be read as a table .*UTF-8"),
        ("seed,measure,value\n0,m,large\n", "'value': 'large' is not a number"),
        ("seed,measure,value\n0.5,m,1\n", "'seed': 0.5 is not an integer"),
        ("seed,measure,value\n,m,1\n", "'seed': nan is not an integer"),
        ("seed,measure,value\ninf,m,1\n", "'seed': inf is not an integer"),
        ("seed,measure,value\nfirst,m,1\n", "'seed': 'first' is not a number"),
        ("seed,measure,value,status\n0,m,1,fine\n", "'status': 'fine' is none of done"),
        ("seed,measure,value,positive\n0,m,1,maybe\n", "'positive': 'maybe' is none of True, False"),
        ("seed,measure,value,factors\n0,m,1,arm=a\n", "'factors': 'arm=a' is no JSON object"),
        ("seed,measure,value,options\n0,m,1,[1]\n", r"'options': '\[1\]' is no JSON object"),
        ("seed,measure,value,index\n0,m,1,7\n", "'index': .*7.* is no JSON object"),
        ("seed,measure,value,cells\n0,m,1,a\n0,m,1,\n", "'cells': a row names no cell"),
    ],
)
def test_a_table_that_is_none_of_records_is_refused(tmp_path: Path, text: str | bytes, said: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(records.SchemaError, match=said) as refused:
        records.read(path)
    assert "mine.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_what_is_left_empty_in_a_table_made_elsewhere_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "seed,measure,value,index,options,status,positive,cells\n"
        "0,m,1,,,,,a b\n"
        '1,m,2,"{""step"": 1}",{},done,False,c\n'
    )
    frame = records.read(path)
    assert list(frame["index"]) == ["", '{"step": 1}'] and list(frame["options"]) == ["{}", "{}"]
    assert list(frame["status"]) == ["done", "done"] and list(frame["positive"]) == [True, False]
    assert list(frame["cells"]) == [["a", "b"], ["c"]] and frame["seed"].dtype == "int64"


def test_a_table_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    records.write(path, [row(seed=seed) for seed in range(50)])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(records.SchemaError, match="records.parquet cannot be read .*lossbench run SUITE"):
        records.read(path)


def test_a_flipped_bit_is_noticed_or_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    records.write(path, [row(seed=seed, value=seed / 3) for seed in range(50)])
    intact, expected = path.read_bytes(), records.read(path)
    length_of_footer = int.from_bytes(intact[-8:-4], "little")
    n_noticed = 0
    for place in range(4, len(intact) - 8 - length_of_footer, 7):
        path.write_bytes(intact[:place] + bytes([intact[place] ^ 4]) + intact[place + 1 :])
        try:
            found = records.read(path)
        except records.SchemaError:
            n_noticed += 1
        else:
            pd.testing.assert_frame_equal(found, expected)
    assert n_noticed > 50


def test_a_table_that_is_not_there_is_no_fault_of_its_content(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        records.read(tmp_path / "nowhere.csv")
