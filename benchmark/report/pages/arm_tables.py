"""Tables of a suite: every measure in every arm, and the cells that failed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmark.report.words.html_table import Item, Table, item, table
from benchmark.report.words.numbers import spread
from benchmark.results.records import schema

of_specs = ("data", "model", "training", "start")  # columns without a point that are not a suite's own labels
unvaried = ("seed", "key", "digest", "cell", "parents")  # ends of names of factors that never tell arms apart
most_levels = 24


def factors_of(records: pd.DataFrame) -> list[str]:
    """Return the factors that have more than one level: of any of the rows, no other tells groups of cells apart."""
    candidates = [str(c) for c in records.columns if c not in schema.names and not str(c).endswith(unvaried)]
    return [name for name in candidates if records[name].nunique(dropna=False) > 1]


def varied(records: pd.DataFrame, among: Sequence[str] | None = None) -> list[str]:
    """Return the factors that tell groups of cells apart, each only if it tells more than those before it.

    A suite's own labels, which have no point in their name, go before the fields of specs, and the arm before all.

    Args:
        records: rows of a table.
        among: `factors_of` the whole table, where that is known.
    """
    candidates = factors_of(records) if among is None else among
    chosen: list[str] = []
    groups, n_groups = np.zeros(len(records), dtype=np.int64), 1
    for column in sorted(candidates, key=lambda name: (name != "arm", "." in name or name in of_specs)):
        levels, _ = pd.factorize(records[column], use_na_sentinel=False)
        finer, _ = pd.factorize(groups * len(records) + levels)  # codes are below the number of rows
        if (n := 1 + int(finer.max(initial=0))) > n_groups:
            chosen, groups, n_groups = [*chosen, column], finer, n
    return chosen


def arms_tables(records: pd.DataFrame) -> list[Table]:
    """Return for every arm a table of mean ± sd over seeds: a row for every measure, a column for every level."""
    records = records[records["index"] == ""]  # curves are most of a table
    if "arm" not in records.columns:
        return [_arm_table("", records)] if len(records) else []
    return [_arm_table(str(arm), rows) for arm, rows in records.groupby("arm", sort=False, dropna=False)]


def failures_table(records: pd.DataFrame | None, provenance: Mapping[str, Any]) -> Table:
    """Return what is not done: cells by the provenance, and by the records the cells and measures without a number."""
    cells = dict(provenance.get("cells", {}))
    found: dict[tuple[str, str], tuple[Any, ...]] = {
        (key, cell["status"]): (cell.get("name", ""), None, "all", cell["status"], cell.get("reason", ""))
        for key, cell in cells.items()
        if cell.get("status", "done") != "done"
    }
    known = {key for key, _ in found}
    for keys, (name, *rest) in () if records is None else _failed_groups(records):
        if len(keys) == 1 or not known & set(keys):
            names = " and ".join(filter(None, (cells.get(key, {}).get("name") for key in keys)))
            found[" ".join(keys), rest[2]] = (names or name, *rest)
            known.add(" ".join(keys))
    rows = [(" ".join(key[:12] for key in keys.split()), *rest) for (keys, _), rest in found.items()]
    columns = ("cell", "of", "seed", "without", "status", "reason")
    return table("Cells and measures that failed, diverged or did not converge", columns, rows)


def _failed_groups(records: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], tuple[Any, ...]]]:
    """Yield the keys of cells, and (factors, seed, labels without a number, status, reason)."""
    factors = varied(records)
    failed = records[records["status"] != "done"].assign(keys=lambda frame: frame["cells"].map(tuple))
    for _, group in failed.groupby(["keys", "status", "reason"], sort=False):
        row, labels = group.iloc[0], group.loc[group["value"].isna(), "label"].unique()
        name = ", ".join(
            f"{short(factor)} {level(row[factor])}" for factor in factors if pd.notna(row[factor])
        )
        without = ", ".join(labels) if len(labels) <= 3 else f"{len(labels)} measures"
        yield row["keys"], (name, row["seed"], without, row["status"], row["reason"])


def short(name: str) -> str:
    """Return the last part of a factor's name in words: `training.batch_size` as `batch size`."""
    return name.rpartition(".")[2].replace("_", " ")


def level(value: Any) -> str:
    """Return a level of a factor as text; whole numbers without a point."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _arm_table(arm: str, rows: pd.DataFrame) -> Table:
    shown = [name for name in varied(rows) if name != "arm"]
    groups = list(rows.groupby(shown, dropna=False))[:most_levels] if shown else [((), rows)]
    single = rows[rows["label"] != ""]
    is_hole = single["value"].isna() & single["label"].isin(rows.loc[rows["value"].notna(), "label"])
    numbers = single.loc[~is_hole, ["label", "quantity", "unit"]].drop_duplicates()
    columns = [_averages(group) for _, group in groups]
    body = [
        (
            label if quantity == "value" else f"{label} {quantity}",
            unit,
            *(c.get((label, quantity), item(None)) for c in columns),
        )
        for label, quantity, unit in numbers.itertuples(index=False)
    ]
    heads = [_heading(shown, levels, group) for levels, group in groups]
    name = f"Arm {arm.replace('_', ' ')}: mean" if arm else "Mean"
    return table(f"{name} ± standard deviation over seeds", ("measure", "unit", *heads), body)


def _heading(names: list[str], levels: tuple[Any, ...], group: pd.DataFrame) -> str:
    known = [(name, value) for name, value in zip(names, levels, strict=True) if pd.notna(value)]
    parts = [f"{short(name)} {level(value)}" for name, value in known]
    n, n_done = group["seed"].nunique(), _n_done(group)
    return f"{', '.join(parts) or 'all'} (n = {n_done}{f', {n - n_done} failed' if n > n_done else ''})"


def _n_done(group: pd.DataFrame) -> int:
    return int(group.loc[group["status"] == "done", "seed"].nunique())


def _averages(group: pd.DataFrame) -> dict[tuple[str, str], Item]:
    """Return mean ± sd over the done rows by label and quantity, with their number where it is not the column's."""
    n_done = _n_done(group)
    usable = group[(group["status"] == "done") & np.isfinite(group["value"])]
    found = usable.groupby(["label", "quantity"], sort=False)["value"].agg(["mean", "std", "count"])
    averages = {}
    for (label, quantity), mean, sd, n in zip(
        found.index, found["mean"], found["std"], found["count"], strict=True
    ):
        text = spread(float(mean), float(sd) if n > 1 else None)
        averages[label, quantity] = item(text if n == n_done else f"{text} (n = {n})", sort=float(mean))
    return averages
