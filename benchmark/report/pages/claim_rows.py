"""The rows behind a claim, seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from benchmark.report.figures.shows import numbers_in
from benchmark.report.pages.arm_tables import level, short, varied
from benchmark.report.words.html_table import Table, item, table
from benchmark.report.words.numbers import number
from benchmark.stats.claim import Claim
from benchmark.stats.number import CannotReduce, select

most_rows, most_columns = 200, 12
scope_columns = {"data": "data", "models": "model", "profiles": "profile"}


def rows_behind(records: pd.DataFrame | None, claim: Claim | None) -> pd.DataFrame | None:
    """Return the rows that a claim reads; None where they cannot be told."""
    if records is None or claim is None:
        return None
    try:
        return _rows_read(records, claim)
    except (CannotReduce, KeyError, ValueError, TypeError):  # the verdict's reason says what is wrong
        return None


def rows_table(rows: pd.DataFrame | None, claim: Claim | None, among: Sequence[str] | None = None) -> Table:
    """Return the rows behind a claim as a table, seed by seed where every arm has one number.

    `among` are the factors that may tell its rows apart, see `varied`.
    """
    if rows is None or claim is None:
        return table("", (), ())
    rows = _with_quantities(rows)
    factors = varied(rows, among)
    if rows["label"].nunique() > 1 or rows["quantity"].nunique() > 1:
        factors = [*factors, "label", "quantity"]
    groups = list(rows.groupby(factors, dropna=False, sort=False)) if factors else [((), rows)]
    if len(rows) and len(groups) <= most_columns and not any(g["seed"].duplicated().any() for _, g in groups):
        return _seed_table(rows, factors, groups)
    columns = [
        *factors,
        "seed",
        *(c for c in ("label", "quantity", "index") if c not in factors),
        "value",
        "status",
    ]
    body = rows[columns].itertuples(index=False)
    return table(f"Rows behind {claim.id}", [short(c) for c in columns], body, most=most_rows)


def _seed_table(rows: pd.DataFrame, factors: list[str], groups: list[tuple[Any, pd.DataFrame]]) -> Table:
    """Return a row for every seed and a column for every arm."""
    heads = [", ".join(_head(f, x) for f, x in zip(factors, of, strict=True)) for of, _ in groups]
    by_seed = [
        dict(zip(group["seed"], map(_value, group["status"], group["value"]), strict=True))
        for _, group in groups
    ]
    body = [
        (int(seed), *(values.get(seed, "") for values in by_seed)) for seed in sorted(rows["seed"].unique())
    ]
    return table(f"{_what(rows)}, by seed", ("seed", *(head or "value" for head in heads)), body)


def _with_quantities(rows: pd.DataFrame) -> pd.DataFrame:
    """Give rows of failed cells, which say "value" for every quantity, the quantity of their label if it is one."""
    done = rows[rows["value"].notna()].groupby("label")["quantity"].unique()
    only = {label: quantities[0] for label, quantities in done.items() if len(quantities) == 1}
    quantities = [
        only.get(label, quantity) if pd.isna(value) else quantity
        for label, quantity, value in zip(rows["label"], rows["quantity"], rows["value"], strict=True)
    ]
    return rows.assign(quantity=quantities)


def _head(factor: str, value: Any) -> str:
    return str(value) if factor in ("label", "quantity") else f"{short(factor)} {level(value)}"


def _what(rows: pd.DataFrame) -> str:
    row = rows.iloc[0]
    if rows["label"].nunique() > 1 or rows["quantity"].nunique() > 1:
        return "Numbers"
    return " ".join(word for word in (row["label"], row["quantity"]) if word != "value")


def _value(status: str, value: float) -> Any:
    """Return a row's number, and its status where that is not done."""
    if status == "done":
        return float(value)
    words = status.replace("_", " ")
    return words if pd.isna(value) else item(f"{number(value)} ({words})", sort=float(value))


def _rows_read(records: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    rows = records
    for name, column in scope_columns.items():
        if wanted := getattr(claim.scope, name):
            rows = select(rows, {column: wanted})
    population = claim.population
    rows = select(rows, population) if isinstance(population, Mapping) else pd.DataFrame(rows.loc[population])
    numbers = [number for leg in claim.legs for number in numbers_in(leg.reduce)]
    if numbers and len(rows):
        rows = pd.DataFrame(rows.loc[sorted({i for one in numbers for i in one.rows(rows).index})])
    return rows
