"""The records of a suite as MLflow takes them: cell by cell, and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmark.measures.measure import slug_of
from benchmark.tracking.child_run import Row, metric_step


def factors(table: pa.Table) -> dict[str, dict[str, Any]]:
    """Return key -> factors and seed, of every cell that has rows of its own."""
    columns = ["key", "factors", "seed"]
    rows = _alone(table).select(columns).group_by(columns).aggregate([]).to_pylist()
    return {row["key"]: json.loads(row["factors"]) | {"seed": row["seed"]} for row in rows}


def by_cell(table: pa.Table, keys: Collection[str] | None = None) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of one cell (of `keys`) after the other; all at once would not fit as Python objects."""
    alone = _alone(table).sort_by("key")
    if keys is not None:
        alone = alone.filter(pc.is_in(alone["key"], pa.array(sorted(keys), alone["key"].type)))
    start = 0
    for run in pc.value_counts(alone["key"]).to_pylist():
        yield run["values"], alone.slice(start, run["counts"]).to_pylist()
        start += run["counts"]


def csv_files(table: pa.Table, names: Mapping[str, str]) -> dict[str, str]:
    """Return file name -> CSV: `numbers.csv` of single numbers, and a file per measure of curves and maps.

    Left out are curves over training, which the metrics show, and records.parquet holds in full.
    """
    files, numbers = {}, []
    for label in sorted(set(table["label"].to_pylist())):
        rows = table.filter(pc.equal(table["label"], label)).to_pylist()
        single = [row for row in rows if not row["index"]]
        numbers += [{"measure": label, **_line(row, names), "reason": row["reason"]} for row in single]
        lines = [_line(row, names) for row in rows if row["index"] and metric_step(row) is None]
        if lines:
            files[f"{slug_of(label)}.csv"] = _csv(lines)
    return {"numbers.csv": _csv(numbers), **files}


def _alone(table: pa.Table) -> pa.Table:
    single = table.filter(pc.equal(pc.list_value_length(table["cells"]), 1))
    return single.append_column("key", pc.list_element(single["cells"], 0))


def _line(row: Row, names: Mapping[str, str]) -> dict[str, Any]:
    cells = " | ".join(names.get(key, key[:12]) for key in row["cells"])
    index = json.loads(row["index"]) if row["index"] else {}
    shown = {name: row[name] for name in ("value", "standard_error", "status")}
    return {"cells": cells, "quantity": row["quantity"], **index, **shown}


def _csv(lines: Iterable[Mapping[str, Any]]) -> str:
    lines = list(lines)
    columns = dict.fromkeys(column for line in lines for column in line)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return buffer.getvalue()
