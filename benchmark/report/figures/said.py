"""What a figure says of itself: a kind in its fields, a function in its docstring."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmark.report.figures.kind import Kind
from benchmark.report.figures.shows import claims_shown


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a figure says of itself.

    Attributes:
        name: in addresses and file names.
        title: what it shows.
        caption: how it is to be read.
        shows: names of claims that it shows.
    """

    name: str
    title: str
    caption: str
    shows: tuple[str, ...]


def said_of(figure: Callable[..., Any]) -> Said:
    """Return what a figure says of itself; of a function the first line of its docstring is the title."""
    if isinstance(figure, Kind):
        return Said(name=figure.name, title=figure.title, caption=figure.caption, shows=figure.shows)
    name = getattr(figure, "__name__", "figure")
    title, _, rest = (inspect.getdoc(figure) or name).partition("\n")
    return Said(
        name=name, title=title.rstrip("."), caption=" ".join(rest.split()), shows=claims_shown(figure)
    )
