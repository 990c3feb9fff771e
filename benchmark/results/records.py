"""The tidy table: one row per number, one explicit schema, one order.

`records.parquet` holds no clock and no path, so that equal work gives equal bytes; how long things took stands
beside it in `invocation.json`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmark.store.files import write_atomic

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
    pq.write_table(table, buffer, compression="zstd", store_schema=False, write_page_checksum=True)
    write_atomic(path, buffer.getvalue())


def read(path: Path) -> pd.DataFrame:
    """Read records from parquet or CSV, with the factors as columns of their own.

    Raises:
        SchemaError: when the file is no table of records, or is damaged.
        OSError: when there is no such file, or it may not be read.
    """
    return expand(read_rows(path))


def quick(frame: pd.DataFrame) -> pd.DataFrame:
    """Return records with their texts as Python objects in one block: Arrow copies them at every selection of rows.

    Worth its memory, some hundred bytes per row, where many selections follow.
    """
    import pandas as pd

    texts = [name for name, kind in frame.dtypes.items() if isinstance(kind, pd.StringDtype)]
    return frame.astype(dict.fromkeys(texts, object)).copy()


def read_rows(path: Path) -> pd.DataFrame:
    """Read records as they are, with the factors as text; raises as `read`."""
    data = path.read_bytes()  # read apart from parsing: then an OSError is the machine's, never the content's
    try:
        frame = _parsed(data, is_csv=path.suffix == ".csv")
    except (
        ValueError,
        OSError,
        pa.ArrowException,
    ) as error:  # pandas and Arrow raise all of them on bad content
        reason = str(error).partition("\n")[0].rstrip(". ")
        raise SchemaError(
            f"{path} cannot be read as a table ({reason}); write it anew, as CSV (UTF-8, a line of column names "
            "first) or as parquet; a suite's own: lossbench run SUITE"
        ) from error
    return checked(frame, str(path))


def has_schema(path: Path) -> bool:
    """Tell whether a parquet file has the columns and types of records, and no others."""
    return bool(pq.read_schema(path).equals(schema))


def _parsed(data: bytes, *, is_csv: bool) -> pd.DataFrame:
    import pandas as pd

    if is_csv:
        return pd.read_csv(io.BytesIO(data), low_memory=False)
    frame: pd.DataFrame = pq.read_table(pa.BufferReader(data), page_checksum_verification=True).to_pandas()
    return frame


def checked(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a table made elsewhere in the shape of ours: needed columns checked, the optional ones filled in.

    Needed are `seed`, `measure`, `value` and whatever factor columns a claim asks for; the rest has defaults.

    Raises:
        SchemaError: naming `name`, the column and the value that cannot be one of records.
    """
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
        elif column != "standard_error" and frame[column].isna().any():
            frame[column] = frame[column].astype(object).where(frame[column].notna(), default)
    for column, empty in (("factors", "{}"), ("options", "{}"), ("index", "")):
        _check_json(frame[column], name, empty)
    for column, known in (("status", statuses), ("positive", (True, False))):
        _check_choice(frame[column], name, known)
    for column in ("value", "standard_error"):
        frame[column] = _numbers(frame[column], name)
    frame["seed"] = _integers(_numbers(frame["seed"], name), name)
    frame["cells"] = _cells(frame, name)
    return frame


def _check_json(texts: pd.Series[Any], name: str, empty: str) -> None:
    for text in texts.unique():
        try:
            is_object = text == empty or isinstance(json.loads(text), dict)
        except (ValueError, TypeError):
            is_object = False
        if not is_object:
            raise SchemaError(
                f"{name}, column {texts.name!r}: {text!r} is no JSON object; write one, or leave the column out"
            )


def _check_choice(values: pd.Series[Any], name: str, known: Collection[Any]) -> None:
    wrong = values[~values.isin(list(known))]
    if len(wrong):
        choices = ", ".join(map(str, known))
        raise SchemaError(f"{name}, column {values.name!r}: {wrong.iloc[0]!r} is none of {choices}")


def _numbers(values: pd.Series[Any], name: str) -> pd.Series[Any]:
    import pandas as pd

    numbers = pd.to_numeric(values, errors="coerce")
    wrong = values[numbers.isna() & values.notna()]
    if len(wrong):
        raise SchemaError(f"{name}, column {values.name!r}: {wrong.iloc[0]!r} is not a number")
    return numbers


def _integers(numbers: pd.Series[Any], name: str) -> pd.Series[Any]:
    wrong = numbers[~(numbers % 1 == 0)]  # neither is what is missing or infinite
    if len(wrong):
        raise SchemaError(f"{name}, column {numbers.name!r}: {wrong.iloc[0]} is not an integer")
    return numbers.astype("int64")


def _cells(frame: pd.DataFrame, name: str) -> list[list[str]]:
    """Return the keys of every row's cells; without that column each row is a cell of its own."""
    if "cells" not in frame.columns:
        return [[f"external-{row}"] for row in range(len(frame))]
    try:
        return [keys.split() if isinstance(keys, str) else list(keys) for keys in frame["cells"]]
    except TypeError:
        raise SchemaError(
            f"{name}, column 'cells': a row names no cell; name one in every row, or leave the column out"
        ) from None


def expand(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with every factor as a column (`arm`, `training.batch_size`, ...)."""
    import pandas as pd

    texts = frame["factors"].unique()
    factors = pd.DataFrame([json.loads(text) for text in texts], index=texts)
    new = [column for column in factors.columns if column not in frame.columns]
    wide = factors[new].loc[frame["factors"]].reset_index(drop=True)
    return pd.concat([frame.reset_index(drop=True), wide], axis=1)
