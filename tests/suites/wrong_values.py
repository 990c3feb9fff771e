"""What a knob must refuse, by its type alone."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import AfterValidator


def wrong_values(kind: Any) -> Iterator[Any]:
    """Yield values that are not of a type: of another one, out of its bounds, empty where something is demanded."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        yield from (wrong for wrong in wrong_values(arguments[0]) if wrong is not None)
        return
    yield from (None, {"no": "knob"})
    if origin is typing.Annotated:
        yield from wrong_values(arguments[0])
        yield from _out_of_bounds(kind.__metadata__, typing.get_origin(arguments[0]) is tuple)
    elif origin is typing.Literal:
        yield from (f"{arguments[0]}x", 1)
    elif origin is tuple:
        yield from _wrong_lists(arguments)
    else:
        yield from {
            int: ("word", 1.5, True), float: ("word", True, math.nan, math.inf, -math.inf), bool: ("true", 1), str: (3,)
        }[kind]  # fmt: skip


def _out_of_bounds(bounds: tuple[Any, ...], is_list: bool) -> Iterator[Any]:
    for bound in bounds:
        if hasattr(bound, "ge"):
            yield bound.ge - 1
        if hasattr(bound, "gt"):
            yield from (bound.gt, -1.0)
        if hasattr(bound, "le"):
            yield bound.le + 1.0
        if hasattr(bound, "lt"):
            yield from (bound.lt, bound.lt + 1.0)
        if isinstance(bound, AfterValidator):  # of an odd number
            yield 4
        if is_list and hasattr(bound, "min_length"):
            yield ()


def _wrong_lists(items: tuple[Any, ...]) -> Iterator[Any]:
    is_open = len(items) == 2 and items[1] is Ellipsis
    kinds = items[:1] if is_open else items
    right = tuple(map(_right, kinds))
    yield from (list(right), right[0], *(() if is_open else (right[:-1], (*right, right[-1]))))
    for place, kind in enumerate(kinds):
        yield from ((*right[:place], wrong, *right[place + 1 :]) for wrong in wrong_values(kind))


def _right(kind: Any) -> Any:
    """Return a value that is of a type."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return 1 if _right(arguments[0]) == 0 else 0.5
    if origin is typing.Literal:
        return arguments[0]
    if origin is tuple:
        return tuple(_right(item) for item in arguments if item is not Ellipsis)
    return {int: 0, float: 0.0, str: "word", bool: True}[kind]
