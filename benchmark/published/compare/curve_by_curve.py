"""Curves of the same cells, point by point: histories, lines, spectra. Those of other seeds have no common points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from benchmark.published.compare.aligned import Table

point = ["cell", "label", "quantity", "index"]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One quantity of one measure over all cells that both sides have.

    Attributes:
        n_cells, n_points: how many of them.
        n_equal: points that are equal bit by bit.
        n_single: points that only one side has, such as steps after the other stopped.
        largest: the largest deviation of a point.
    """

    suite: str
    label: str
    quantity: str
    n_cells: int
    n_points: int
    n_equal: int
    n_single: int
    largest: float


def compare(suite: str, a: Table, b: Table) -> Iterator[Curve]:
    """Yield every curve of the cells that are on both sides."""
    shared = set(a.rows["cell"]) & set(b.rows["cell"])
    sides = [
        table.rows.loc[(table.rows["index"] != "") & table.rows["cell"].isin(shared), [*point, "value"]]
        for table in (a, b)
    ]
    if not all(map(len, sides)):
        return
    merged = sides[0].merge(sides[1], on=point, how="outer", suffixes=("_a", "_b"), indicator=True)
    for (label, quantity), rows in merged.groupby(["label", "quantity"], sort=False):
        both = rows[rows["_merge"] == "both"]
        x, y = both["value_a"].to_numpy(), both["value_b"].to_numpy()
        deviation = np.abs(y - x)
        yield Curve(
            suite=suite,
            label=str(label),
            quantity=str(quantity),
            n_cells=both["cell"].nunique(),
            n_points=len(both),
            n_equal=int(((x == y) | (np.isnan(x) & np.isnan(y))).sum()),
            n_single=len(rows) - len(both),
            largest=float(np.nanmax(deviation)) if np.isfinite(deviation).any() else 0.0,
        )
