"""Rows of records, as figures read them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd


def done(records: pd.DataFrame, *, needed: Iterable[str] = ()) -> pd.DataFrame:
    """Return the rows that hold a finite number.

    Args:
        records: the tidy table.
        needed: columns of the suite's own. A table without all of them has no row for its figures, and those columns
            stand there empty, so that what reads on finds them.
    """
    missing = [column for column in needed if column not in records.columns]
    if missing:
        return records.iloc[:0].assign(**{column: pd.Series(dtype=object) for column in missing})
    kept: pd.DataFrame = records[(records["status"] == "done") & np.isfinite(records["value"])]
    return kept


def with_index(frame: pd.DataFrame, coordinate: str) -> pd.DataFrame:
    """Return the rows that have a coordinate in their index, with it as a column."""
    found = frame["index"].str.extract(rf'"{coordinate}":\s*(-?[0-9.eE+-]+)', expand=False).astype(float)
    return frame.assign(**{coordinate: found}).dropna(subset=[coordinate])


def option(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return an option of the measure in every row."""
    values = {text: json.loads(text).get(name) for text in frame["options"].unique()}  # few texts, many rows
    return frame["options"].map(values)


def joined(frame: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with another number of the same networks as the column `other`."""
    by_key = dict(zip(other["cells"].map(tuple), other["value"], strict=True))
    return frame.assign(other=frame["cells"].map(tuple).map(by_key).astype(float)).dropna(subset=["other"])
