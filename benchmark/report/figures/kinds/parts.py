"""Parts of the records: what is drawn in one colour, or stands in a panel or a row of panels of its own.

A part is given (`Part`), or there is one for every level of some columns that the records have (`each`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from benchmark.report.figures.kind import names_columns
from benchmark.report.figures.kinds.select import Where, chosen
from benchmark.report.figures.theme import ordered_colors, series
from benchmark.stats.number import Number

absent = float("nan")  # the one level of rows that have none, for one NaN does not equal another
most_across = 4
Words = Mapping[str, str | Mapping[Any, str]]  # column -> "batch {:g}", or what each of its levels is called


@dataclass(frozen=True, kw_only=True)
class Part:
    """Rows that belong together.

    Attributes:
        label: what legends and titles call them.
        where: levels of columns, or several such selections, whose rows are put together.
        color: what they are drawn in.
        number: what is drawn of them, in place of the panel's.
        dashed: whether their lines are.
    """

    label: str = ""
    where: Where | tuple[Where, ...] = field(default_factory=dict)
    color: str = series[0]
    number: Number | None = None
    dashed: bool = False

    def rows(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the part's rows."""
        return chosen(records, *self.where) if isinstance(self.where, tuple) else chosen(records, self.where)


@dataclass(frozen=True, kw_only=True)
class Each:
    """A part for every combination of levels of some columns; see `each`."""

    columns: tuple[str, ...] = field(metadata={names_columns: True})
    where: Where = field(default_factory=dict)
    words: Words = field(default_factory=dict)
    most: int | None = None
    ordered: bool = False


Parts = Sequence[Part | Each] | Part | Each


def each(
    *columns: str,
    where: Where | None = None,
    words: Words | None = None,
    most: int | None = None,
    ordered: bool = False,
) -> Each:
    """Return a part for every combination of levels of some columns.

    Numbers come in their order, other levels as the table has them. A part is called what tells it from the others:
    `MLP, width 8`, but `width 8` where all networks are MLPs.

    Args:
        *columns: whose levels.
        where: rows that take part.
        words: what levels are called; their own name if a column is not in it.
        most: levels of the last column for each combination of the others, the ends among them; None for all.
        ordered: whether colours are those of an ordered factor, from its first level to the last.
    """
    return Each(columns=columns, where=where or {}, words=words or {}, most=most, ordered=ordered)


class Numbered(Protocol):
    """A panel: its number, and its lines in place of the figure's."""

    @property
    def number(self) -> Number | None: ...
    @property
    def lines(self) -> Parts | None: ...


def numbers_of(lines: Parts, panels: Sequence[Numbered]) -> list[Number]:
    """Return the numbers that a figure draws: those of its lines, and those of its panels with theirs."""
    own = [number for parts in (lines, *(panel.lines for panel in panels)) for number in _own_numbers(parts)]
    return [*own, *(panel.number for panel in panels if panel.number is not None)]


def _own_numbers(parts: Parts | None) -> list[Number]:
    """Return the numbers that parts have in place of their panel's."""
    several = () if parts is None else (parts,) if isinstance(parts, Part | Each) else parts
    return [one.number for one in several if isinstance(one, Part) and one.number is not None]


def lines(column: str, **labels: str) -> tuple[Part, ...]:
    """Return a part for each of the levels of a column that are named, in the colours of the series."""
    return tuple(
        Part(label=label, where={column: level}, color=color)
        for (level, label), color in zip(labels.items(), itertools.cycle(series), strict=False)
    )


def resolved(parts: Parts, rows: pd.DataFrame, shown: pd.DataFrame | None = None) -> list[Part]:
    """Return the parts that the rows have.

    Args:
        parts: given ones, or what makes them.
        rows: those of the figure: they settle names and colours.
        shown: those of a panel, where only its parts are wanted.
    """
    several = (parts,) if isinstance(parts, Part | Each) else parts
    levels = {place: _levels(one, rows) for place, one in enumerate(several) if isinstance(one, Each)}
    every = [found for of_one in levels.values() for found in of_one]
    made: list[Part] = []
    for place, one in enumerate(several):
        if isinstance(one, Part):
            made.append(one)
            continue
        of_each = _colored(one, levels[place], every, is_alone=len(several) == 1)
        seen = _levels(one, rows if shown is None else shown)
        made += [of_each[found] for found in _thinned(seen, one.most) if found in of_each]
    return made


Levels = tuple[tuple[str, Any], ...]  # a combination: (column, level), ...


def _levels(one: Each, rows: pd.DataFrame) -> list[Levels]:
    """Return the combinations of levels that the rows have, in order."""
    rows = chosen(rows, one.where)
    if rows.empty or set(one.columns) - set(rows):
        return []
    known = rows[list(one.columns)].drop_duplicates()
    ranks = {column: _rank(known[column]) for column in one.columns}
    found = [
        tuple(zip(one.columns, map(_key, levels), strict=True))
        for levels in known.itertuples(index=False, name=None)
    ]
    return sorted(found, key=lambda levels: tuple(ranks[column][level] for column, level in levels))


def _rank(column: pd.Series[Any]) -> dict[Any, int]:
    levels = list(dict.fromkeys(map(_key, column)))
    if pd.api.types.is_numeric_dtype(column):
        levels.sort(key=lambda level: (level is absent, level))
    return {level: place for place, level in enumerate(levels)}


def _key(level: Any) -> Any:
    return absent if pd.isna(level) else level


def _thinned(found: Sequence[Levels], most: int | None) -> list[Levels]:
    """Keep at most so many levels of the last column for each combination of the others, evenly picked."""
    kept: list[Levels] = []
    for _, group in itertools.groupby(found, key=lambda levels: levels[:-1]):
        of_group = list(group)
        n_kept = len(of_group) if most is None else min(most, len(of_group))
        places = np.unique(np.linspace(0, len(of_group) - 1, n_kept).round().astype(int))
        kept += [of_group[place] for place in places]
    return kept


def _colored(
    one: Each, found: Sequence[Levels], every: Sequence[Levels], *, is_alone: bool
) -> dict[Levels, Part]:
    """Return the parts of all combinations, named by what differs among those of the figure."""
    colors = ordered_colors(len(found)) if one.ordered else itertools.cycle(series)
    known = {column: {dict(other).get(column, absent) for other in every} for column in one.columns}
    differing = [column for column in one.columns if len(known[column]) > 1]
    named = differing if differing or is_alone else one.columns
    return {
        levels: Part(label=_name(levels, named, one.words), where={**one.where, **dict(levels)}, color=color)
        for levels, color in zip(found, colors, strict=False)
    }


def _name(levels: Levels, named: Sequence[str], words: Words) -> str:
    said = ((column, level) for column, level in levels if column in named and level is not absent)
    return ", ".join(_in_words(level, words.get(column, "{}")) for column, level in said)


def _in_words(level: Any, words: str | Mapping[Any, str]) -> str:
    if isinstance(words, str):
        return words.format(level.replace("_", " ") if isinstance(level, str) else level)
    return words.get(level, str(level).replace("_", " "))


def labelled(part: Part, *, by: Part) -> Part:
    """Return a part within another one: both selections, both names."""
    outer = by.where if isinstance(by.where, tuple) else (by.where,)
    inner = part.where if isinstance(part.where, tuple) else (part.where,)
    both = tuple({**one, **other} for one in outer for other in inner)
    return replace(part, where=both, label=", ".join(filter(None, (by.label, part.label))))


def within(lines: Parts, by: Parts, rows: pd.DataFrame) -> list[Part]:
    """Return every line within every part of `by` that has rows of it."""
    every = [labelled(line, by=outer) for outer in resolved(by, rows) for line in resolved(lines, rows)]
    return [part for part in every if len(part.rows(rows))]


def n_across(rows: pd.DataFrame, column: str) -> int:
    """Return how many panels stand side by side: one for each level of a column, as far as there is room."""
    return min(most_across, max(rows[column].nunique(), 1)) if column in rows else most_across
