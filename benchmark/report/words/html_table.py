"""Tables: what stands in them, apart from how they are shown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.words.numbers import number


@dataclass(frozen=True, kw_only=True)
class Item:
    """What stands in one place of a table, and the number or text by which it is sorted."""

    text: str
    sort: float | str
    numeric: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows under columns. `more` counts the rows that were left out to keep the page small."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Item, ...], ...]
    more: int = 0

    def __len__(self) -> int:
        return len(self.rows)


def item(value: Any, sort: float | None = None) -> Item:
    """Return a value as an item: numbers formatted and sorted by size, all else as its text."""
    if sort is not None:
        return Item(text=str(value), sort=sort, numeric=True)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Item(text="", sort="")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Item(text=str(value), sort=str(value))
    whole = float(value).is_integer() and abs(value) < 1e9
    return Item(text=str(int(value)) if whole else number(value), sort=float(value), numeric=True)


def table(
    caption: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, most: int | None = None
) -> Table:
    """Return a table of plain values or items, cut after `most` rows."""
    made = [tuple(value if isinstance(value, Item) else item(value) for value in row) for row in rows]
    shown = made if most is None else made[:most]
    return Table(caption=caption, columns=tuple(columns), rows=tuple(shown), more=len(made) - len(shown))
