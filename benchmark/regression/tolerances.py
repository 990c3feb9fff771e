"""How far a number may lie from the baseline's, measured between runs that differ in float noise alone.

A tolerance is `absolute + relative * |expected|`. The same change of rounding moves a well-conditioned cell by 1e-7 and
a chaotic one by a factor of a hundred, so that tolerances are kept for each group of cells (a cell's name without its
seed), label and quantity; see docs/decisions/0012-same-cells-gate.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.regression.numbers import keys

if TYPE_CHECKING:
    import pandas as pd

file_name = "tolerances.json"
safety = 10.0  # times the largest deviation that was seen
floors = {  # of a quantity: absolute, relative; no tolerance is below
    "count": (0.0, 0.0),
    "share": (0.005, 0.0),  # of examples: a few lie on the border between two classes
    "number": (1e-6, 1e-3),
}
counts = ("n_steps", "lr")
Pair = tuple[float, float]
Table = dict[str, dict[str, dict[str, Pair | None]]]


@dataclass(frozen=True, kw_only=True)
class Tolerances:
    """The tolerances of a suite.

    Attributes:
        groups: groups of cells that were measured; those of any other have the largest tolerance of a measured one.
        above: group -> band -> quantity -> (absolute, relative), where that is above the floor; None: not compared.
        made: how they were measured, for people.
    """

    groups: frozenset[str] = frozenset()
    above: Mapping[str, Mapping[str, Mapping[str, Pair | None]]] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)

    def of(self, group: str, band: str, quantity: str) -> Pair | None:
        """Return (absolute, relative), or None for a number that is not compared.

        A status has the band and quantity "status": it is not compared where float noise alone can change it.
        """
        if group not in self.groups:
            return self.largest(band, quantity)
        return self.above.get(group, {}).get(band, {}).get(quantity, floor(quantity))

    def largest(self, band: str, quantity: str) -> Pair | None:
        """Return the largest tolerance that any group has, or None where no group's is compared."""
        found = [
            self.above.get(group, {}).get(band, {}).get(quantity, floor(quantity)) for group in self.groups
        ]
        pairs = [pair for pair in found if pair is not None]
        if found and not pairs:
            return None
        absolute, relative = zip(*pairs, floor(quantity), strict=True)
        return max(absolute), max(relative)


def floor(quantity: str) -> Pair:
    """Return the smallest tolerance of a quantity."""
    if quantity in counts:
        return floors["count"]
    return floors["share" if "error" in quantity or quantity == "gap" else "number"]


def read(path: Path) -> Tolerances:
    """Return what a file of tolerances says; floors where there is none."""
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Tolerances()
    above = {
        group: {
            band: {name: None if pair is None else tuple(pair) for name, pair in quantities.items()}
            for band, quantities in bands.items()
        }
        for group, bands in content["tolerances"].items()
    }
    return Tolerances(groups=frozenset(content["groups"]), above=above, made=content["made"])


def measured(tables: Sequence[pd.DataFrame]) -> Table:
    """Return the tolerances above the floors, from all pairs of tables that `numbers` made of the same cells."""
    import pandas as pd

    pairs = [_deviations(one, other) for one, other in combinations(tables, 2)]
    deviations = pd.concat(pairs, ignore_index=True)
    table: Table = {group: {"status": {"status": None}} for group in _groups_that_may_fail(tables)}
    for kind, rows in deviations.groupby(["group", "band", "quantity"]):
        group, band, quantity = map(str, kind)
        pair, least = _pair(rows), floor(quantity)
        if pair is None or pair[0] > least[0] or pair[1] > least[1]:
            held = None if pair is None else (max(pair[0], least[0]), max(pair[1], least[1]))
            table.setdefault(group, {}).setdefault(band, {})[quantity] = held
    return table


def _groups_that_may_fail(tables: Sequence[pd.DataFrame]) -> list[str]:
    """Return the groups with a cell that ended one way in one run and another way in another."""
    import pandas as pd

    statuses = pd.concat([table[["group", "cells", "label", "status"]] for table in tables])
    counts = statuses.groupby(["group", "cells", "label"])["status"].nunique()
    return sorted(set(counts[counts > 1].index.get_level_values("group")))


def _deviations(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    merged = one.merge(other[[*keys, "value"]], on=keys, suffixes=("", "_found"))
    merged["deviation"] = (merged["value_found"] - merged["value"]).abs()
    return merged[["group", "band", "quantity", "value", "value_found", "deviation"]]


def _pair(rows: pd.DataFrame) -> Pair | None:
    """Return the tolerance of numbers of one kind: relative from the larger half of them, absolute from the smaller.

    Where some were finite in one run alone there is none.
    """
    import numpy as np

    finite = np.isfinite(rows["value"])
    if (finite != np.isfinite(rows["value_found"])).any():
        return None
    size, deviation = rows.loc[finite, "value"].abs(), rows.loc[finite, "deviation"]
    if size.empty:
        return 0.0, 0.0
    is_large = (size >= size.median()) & (size > 0)
    relative = (deviation[is_large] / size[is_large]).max() if is_large.any() else 0.0
    absolute = deviation[~is_large].max() if (~is_large).any() else 0.0
    return rounded_up(safety * absolute), rounded_up(safety * relative)


def rounded_up(number: float) -> float:
    """Return a number with two digits that is not smaller, so that a file of them can be read."""
    if number == 0 or not math.isfinite(number):
        return float(number)
    digits = 10.0 ** (math.floor(math.log10(number)) - 1)
    return float(f"{math.ceil(number / digits) * digits:.3g}")
