"""Tables as CSV files that a spreadsheet opens without running what they contain."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from benchmark.results.records import schema

numbers = (
    "seed",
    "measure",
    "label",
    "quantity",
    "value",
    "standard_error",
    "unit",
    "positive",
    "status",
    "reason",
    "cells",
)
dangerous = ("=", "+", "-", "@", "\t", "\r")


def records_csv(records: pd.DataFrame) -> bytes:
    """Return the single numbers, with every factor that is not empty, as `lossbench judge` reads them back.

    Curves (training histories, lines between solutions) are most of a table; they stay in `records.parquet`.
    """
    single = records[records["index"] == ""]
    factors = [name for name in records.columns if name not in schema.names and single[name].notna().any()]
    columns = ["suite", "profile", *factors, *(name for name in numbers if name in records.columns)]
    frame = single[columns]
    frame = frame.assign(cells=frame["cells"].map(" ".join))
    return to_csv(columns, [dict(zip(columns, row, strict=True)) for row in frame.itertuples(index=False)])


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows of any columns, in the order in which these first come; nested entries as JSON."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return to_csv(columns, [{name: _flat(value) for name, value in row.items()} for row in rows])


def to_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return rows as CSV: Unix line ends, numbers that read back as they were, texts that are no formulas."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([safe(name) for name in columns])
    writer.writerows([[safe(row.get(name)) for name in columns] for row in rows])
    return buffer.getvalue().encode()


def safe(value: Any) -> Any:
    """Return texts that a spreadsheet would take for a formula with a leading apostrophe, the rest as it is."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(dangerous) else value


def _flat(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list, tuple)) else value
