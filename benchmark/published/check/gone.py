"""Cells of the baseline that a suite no longer has, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from benchmark.published.check.differences import Difference
from benchmark.published.check.scope import Factors

if TYPE_CHECKING:
    import pandas as pd

most_told = 3  # factors in which a cell may differ from another to be named as what became of it


def gone_cells(
    expected: pd.DataFrame, baseline: pd.DataFrame, present: Mapping[str, Factors], *, suite: str
) -> dict[str, Difference]:
    """Return what to say of the baseline's cells that a suite no longer has, by key.

    Args:
        expected: rows of the baseline that should be there, and
        baseline: all of them, as `numbers` makes them.
        present: factors of the cells that the suite has, by key.
        suite: its name.
    """
    firsts = baseline.drop_duplicates("cells").to_dict("records")
    known = {str(row["cells"]).split()[0]: row for row in firsts}
    new = [factors for key, factors in present.items() if key not in known]
    keys = dict.fromkeys(key for cells in expected["cells"].unique() for key in cells.split())
    return {
        key: Difference(
            kind="missing",
            suite=suite,
            cell=known[key]["cell"],
            seed=int(known[key]["seed"]),
            label="cell",
            expected="there",
            found=became(json.loads(known[key]["factors"]), new),
        )
        for key in keys
        if key not in present and key in known
    }


def became(factors: Factors, others: Iterable[Factors]) -> str:
    """Return what became of a cell that is gone: the cell nearest to it, by what differs."""

    def differing(other: Factors) -> list[str]:
        return [name for name in {**factors, **other} if factors.get(name) != other.get(name)]

    nearest = min(others, key=lambda other: len(differing(other)), default=None)
    if nearest is None or len(names := differing(nearest)) > most_told:
        return "no longer a cell of the suite"
    return "no longer a cell of the suite; nearest to it: " + ", ".join(
        f"{name} {_text(name, factors)} -> {_text(name, nearest)}" for name in names
    )


def cells_of(records: pd.DataFrame) -> dict[str, Factors]:
    """Return the factors of the cells of a table, by key; a row tells of the first of its cells."""
    firsts = dict(zip((cells[0] for cells in records["cells"]), records["factors"], strict=True))
    return {key: json.loads(text) for key, text in firsts.items()}


def _text(name: str, factors: Factors) -> str:
    return "another parent" if name.startswith("start.") else str(factors.get(name))
