"""The tidy table: one row per number, one explicit schema, one order.

`records.parquet` holds no clock and no path, so that equal work gives equal bytes; how long things took stands
beside it in `provenance.json`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmark.files import write_atomic

if TYPE_CHECKING:
    import pandas as pd

schema = pa.schema(
    [
        ("suite", pa.string()),
        ("profile", pa.string()),
        ("cells", pa.list_(pa.string())),  # keys, in the order in which the measure takes them
        ("factors", pa.string()),  # JSON object of the (first) cell's columns
        ("seed", pa.int64()),
        ("measure", pa.string()),  # family
        ("label", pa.string()),  # family[option=value,...] with the options that are not at their default
        ("options", pa.string()),  # JSON object of all options
        ("quantity", pa.string()),
        ("index", pa.string()),  # JSON object of coordinates; "" for a single number
        ("value", pa.float64()),
        ("standard_error", pa.float64()),
        ("unit", pa.string()),
        ("positive", pa.bool_()),
        ("status", pa.string()),  # done | diverged | not_converged | failed
        ("reason", pa.string()),
        ("device", pa.string()),
    ]
)

statuses = ("done", "not_converged", "diverged", "failed")


class SchemaError(ValueError):
    """A table that is not a table of records; the message names the column and the remedy."""


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows, in the order given, as parquet; atomic, and equal rows give equal bytes."""
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd", store_schema=False)
    write_atomic(path, buffer.getvalue())


def read(path: Path) -> pd.DataFrame:
    """Read records from parquet or CSV, with the factors as columns of their own.

    Raises:
        SchemaError: when the file is no table of records.
        FileNotFoundError: when there is no such file.
    """
    import pandas as pd

    frame = pd.read_csv(path) if path.suffix == ".csv" else pq.read_table(path).to_pandas()
    return expand(checked(frame, str(path)))


def checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table made elsewhere in the shape of ours: needed columns checked, the optional ones filled in.

    Needed are `seed`, `measure`, `value` and whatever factor columns a claim asks for; the rest has defaults.
    """
    import pandas as pd

    missing = [column for column in ("seed", "measure", "value") if column not in frame.columns]
    if missing:
        raise SchemaError(
            f"{name} has no column {missing[0]!r}; records need seed, measure, value and the factor columns "
            f"that the claim compares (found: {', '.join(map(str, frame.columns))})"
        )
    frame = frame.copy()
    defaults: dict[str, Any] = {
        "suite": "", "profile": "external", "factors": "{}", "label": frame["measure"], "options": "{}",
        "quantity": "value", "index": "", "standard_error": float("nan"), "unit": "", "positive": True,
        "status": "done", "reason": "", "device": "",
    }  # fmt: skip
    for column, default in defaults.items():
        if column not in frame.columns:
            frame[column] = default
    for column in ("index", "reason", "device", "unit"):
        frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
    if "cells" not in frame.columns:
        frame["cells"] = [[f"external-{row}"] for row in range(len(frame))]
    unknown = set(frame["status"]) - set(statuses)
    if unknown:
        raise SchemaError(f"{name} has status {sorted(unknown)[0]!r}; known are {', '.join(statuses)}")
    for column in ("seed", "value"):
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = frame[column][numbers.isna() & frame[column].notna()]
        if len(wrong):
            raise SchemaError(f"{name}, column {column!r}: {wrong.iloc[0]!r} is not a number")
        frame[column] = numbers
    return frame


def expand(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every factor as a column (`arm`, `training.batch_size`, ...)."""
    import pandas as pd

    texts = frame["factors"].unique()
    factors = pd.DataFrame([json.loads(text) for text in texts], index=texts)
    new = [column for column in factors.columns if column not in frame.columns]
    wide = factors[new].loc[frame["factors"]].reset_index(drop=True)
    return pd.concat([frame.reset_index(drop=True), wide], axis=1)
