"""Which columns a figure names: one that nothing has is mistyped, and would leave a figure empty without a word."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from benchmark.report.figures.kind import Kind, names_columns
from benchmark.suite.config import nearest


class UnknownColumn(ValueError):
    """A figure names a column, a coordinate or an array that is nowhere; the message says where, and the nearest."""


def check_columns(
    figure: Callable[..., Any], columns: Collection[str], others: Callable[[], Collection[str]]
) -> None:
    """Refuse a kind of figure that names a column that there cannot be; a function says nothing of its columns.

    Args:
        figure: of a suite.
        columns: of the records.
        others: returns those that other settings of the suite would have, since no arm of this profile may need one.

    Raises:
        UnknownColumn: naming the figure, its field, and the nearest column.
    """
    named: list[tuple[str, str]] = list(named_columns(figure)) if isinstance(figure, Kind) else []
    absent = [(place, column) for place, column in named if column not in columns]
    known = {*columns, *(others() if absent else ())}
    for place, column in absent:
        if column not in known:
            assert isinstance(figure, Kind)
            refuse(figure, place, column, "column of the records, nor of any arm of the suite", known)


def refuse(figure: Kind, place: str, name: str, what: str, known: Collection[str]) -> None:
    """Raise the error that a name is mistyped, with what there is."""
    raise UnknownColumn(f"{figure.name}: {place}={name!r} is no {what}{nearest(name, sorted(known))}")


def named_columns(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Yield (field, column) for all that a dataclass names, such as `panels[0].x`, `width`."""
    for each in dataclasses.fields(value):
        at, inner = f"{place}.{each.name}" if place else each.name, getattr(value, each.name)
        if each.name == "where" or names_columns in each.metadata:
            yield from ((at, column) for column in _names(inner))
        else:
            yield from _within(inner, at)


def _within(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, tuple | list):
        for i, item in enumerate(value):
            yield from _within(item, f"{place}[{i}]")
    elif dataclasses.is_dataclass(value):
        yield from named_columns(value, place)


def _names(value: Any) -> Iterator[str]:
    """Yield a name, the keys of levels, or those of several of them; "" names nothing."""
    if isinstance(value, tuple | list):
        for item in value:
            yield from _names(item)
    else:
        yield from value if isinstance(value, Mapping) else filter(None, [value])
