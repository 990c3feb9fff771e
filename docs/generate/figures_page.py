"""Every kind of figure with its fields, as their docstrings say them."""

from __future__ import annotations

import dataclasses
import doctest
import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import benchmark.report.figures.kinds
from benchmark.report.figures.kind import Kind
from benchmark.report.figures.kinds.panel_layout import PanelLayout
from benchmark.report.figures.kinds.parts import Part, each
from docs.generate.docstrings import attributes, body, summary
from docs.generate.suite_figures import SuiteFigure
from docs.generate.templates import render


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A dataclass as a table: (names, defaults, what they mean), those that share their meaning in one row."""

    name: str
    summary: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A kind: its own fields, those of the panels that it is made of, how it is written, and a picture of one."""

    kind: Fields
    panels: tuple[Fields, ...]
    example: str
    picture: SuiteFigure | None


def page(pictures: Mapping[str, SuiteFigure]) -> str:
    """Return the page.

    Args:
        pictures: by name of the kind, one of its figures.
    """
    return render(
        "own_figure.md",
        common=fields(Kind),
        entries=list(entries(pictures)),
        part=fields(Part),
        layout=fields(PanelLayout),
        each=body(each),
    )


def entries(pictures: Mapping[str, SuiteFigure]) -> Iterator[Entry]:
    """Yield the kinds of all modules of `benchmark.report.figures.kinds`."""
    for info in pkgutil.iter_modules(benchmark.report.figures.kinds.__path__):
        module = importlib.import_module(f"{benchmark.report.figures.kinds.__name__}.{info.name}")
        own = [
            value for value in vars(module).values() if getattr(value, "__module__", "") == module.__name__
        ]
        described = [value for value in own if inspect.isclass(value) and attributes(value)]
        for kind in (value for value in described if issubclass(value, Kind)):
            yield Entry(
                kind=fields(kind),
                panels=tuple(fields(value) for value in described if not issubclass(value, Kind)),
                example=example(kind),
                picture=pictures.get(kind.__name__),
            )


def fields(kind: type[Any]) -> Fields:
    """Return a dataclass as a table, without the fields that all kinds have."""
    known, is_kind = attributes(kind), kind is not Kind and issubclass(kind, Kind)
    inherited = {one.name for one in dataclasses.fields(Kind)} if is_kind else set()
    own = [one for one in dataclasses.fields(kind) if one.name not in inherited]
    rows = []
    for text, together in itertools.groupby(own, key=lambda one: known[one.name]):
        those = list(together)
        defaults = dict.fromkeys(map(_default, those))
        rows.append((", ".join(f"`{one.name}`" for one in those), ", ".join(defaults), text))
    return Fields(name=kind.__name__, summary=summary(kind), rows=tuple(rows))


def example(kind: type[Any]) -> str:
    """Return the example of a docstring as code."""
    parsed = doctest.DocTestParser().get_examples(inspect.getdoc(kind) or "")
    return "".join(one.source for one in parsed)


def _default(one: dataclasses.Field[Any]) -> str:
    if one.default_factory is not dataclasses.MISSING:
        return ""
    if one.default is dataclasses.MISSING:
        return "needed"
    return f"`{getattr(one.default, '__name__', repr(one.default))}`"
