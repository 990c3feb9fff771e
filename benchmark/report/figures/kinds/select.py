"""Rows by levels of columns, and numbers as claims choose them; nothing where there is none, and no error."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.named_columns import refuse
from benchmark.report.figures.rows import done, with_index
from benchmark.stats.number import CannotReduce, Number, select

Where = Mapping[
    str, Any
]  # column -> level, a tuple of levels, or a function of the records that returns one of these
Text = (
    str | Callable[[pd.DataFrame, pd.DataFrame], str]
)  # a text, or what makes it of the records and a panel's rows


def taken(kind: Kind, records: pd.DataFrame, numbers: Iterable[Number]) -> pd.DataFrame:
    """Return the rows of finite numbers that take part in a figure, of the measures that it is about."""
    rows = chosen(done(records), kind.where)
    return rows[rows["measure"].isin({number.measure for number in numbers})]


def chosen(records: pd.DataFrame, *wheres: Where) -> pd.DataFrame:
    """Return the rows that any of the selections takes, in the order of the selections.

    A column that the records lack has no level: a selection that names one takes nothing.
    """
    found = [part for where in wheres if len(part := _chosen(records, where))]
    if not found:
        return records.iloc[:0]
    return found[0] if len(found) == 1 else pd.concat(found)


def _chosen(records: pd.DataFrame, where: Where) -> pd.DataFrame:
    levels = {column: _level(wanted, records) for column, wanted in where.items()}
    try:
        return select(records, levels)
    except CannotReduce:
        return records.iloc[:0]


def _level(wanted: Any, records: pd.DataFrame) -> Any:
    """Return a level; of rows that have none, in both of the ways in which tables say so."""
    level = wanted(records) if callable(wanted) else wanted
    return (level, None) if isinstance(level, float) and math.isnan(level) else level


def all_rows_of(number: Number, records: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a number, of all definitions that it admits.

    A family that is named without options admits all of its labels: a network that was measured under another label
    than its neighbours stands beside them.
    """
    family = records[records["measure"] == number.measure]
    try:
        if number.options or family.empty:
            return number.fixed(records).rows(records)
        alike = family.assign(named=family["label"]).assign(label=number.measure)
        found = number.fixed(alike).rows(alike)
        return found.assign(label=found["named"])[[*records]]
    except CannotReduce:
        return records.iloc[:0]


def rows_of(number: Number, records: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a number, of one definition for every network: that which names the fewest options."""
    found = all_rows_of(number, records)
    if found.empty or found["label"].nunique() < 2:
        return found
    rank = found["label"].map(lambda label: (label.count("="), label))
    fewest = rank.groupby(found["cells"].map(tuple)).transform("min")
    return found[rank == fewest]


def with_coordinate(kind: Kind, field: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a number with the coordinate that a field names as a column.

    Raises:
        UnknownColumn: when there are rows, and none of them has it.
    """
    coordinate: str = getattr(kind, field)
    found = with_index(rows, coordinate)
    if found.empty and len(rows):
        known = {name for text in rows["index"].unique() if text for name in json.loads(text)}
        refuse(kind, field, coordinate, f"coordinate of {rows['measure'].iloc[0]}", known)
    return found


def in_full(text: Text, records: pd.DataFrame, rows: pd.DataFrame) -> str:
    """Return a text, made where it follows from the rows of a panel."""
    return text if isinstance(text, str) else text(records, rows)


def capitalized(text: str) -> str:
    """Return a text with its first letter large; the others stay."""
    return text[:1].upper() + text[1:]
