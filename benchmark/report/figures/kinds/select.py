"""Rows by levels of columns, and numbers as claims choose them; nothing where there is none, and no error."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.named_columns import refuse
from benchmark.report.figures.rows import done, with_index
from benchmark.stats.number import CannotReduce, Number, describe, select

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
    """Return the rows of a number, of one definition for every network: that which names the fewest options.

    Raises:
        CannotReduce: ambiguous_rows where a network has two that name equally few.
    """
    found = all_rows_of(number, records)
    if found.empty or found["label"].nunique() < 2:
        return found
    n_options, networks = found["label"].map(lambda label: label.count("=")), found["cells"].map(tuple)
    found = found[n_options == n_options.groupby(networks).transform("min")]
    labels = found.groupby(networks)["label"].unique()
    several = labels[labels.map(len) > 1]
    if len(several):
        raise CannotReduce(
            "ambiguous_rows",
            f"{number.measure} has several definitions of one network: {', '.join(sorted(several.iloc[0]))}; "
            "name one by the options of the number",
        )
    return found


def one_of_each(number: Number, rows: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Return one row of a number for every combination of levels; of several what its `aggregate` makes of them.

    Raises:
        CannotReduce: ambiguous_rows where there are several, and it has none; naming the columns in which they differ.
    """
    keys = [rows[name].map(tuple) if name == "cells" else rows[name] for name in by]
    groups = rows.groupby(keys, sort=False, dropna=False)
    if groups.ngroups == len(rows):
        return rows
    if number.aggregate is None:
        number_of_group, size = groups.ngroup().to_numpy(), groups["value"].transform("size").to_numpy()
        first = rows[number_of_group == number_of_group[size > 1][0]]
        at = ", ".join(f"{name}={first[name].iloc[0]}" for name in by if name != "cells") or "one network"
        raise CannotReduce(
            "ambiguous_rows",
            f"{len(first)} rows of {number.measure} at {at} where one is drawn: {describe(first)}; "
            "narrow `where`, or say by the number's `aggregate` how they become one",
        )
    return rows[groups.cumcount() == 0].assign(value=groups["value"].agg(number.aggregate).to_numpy())


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
