"""The fields of a suite's Config: their types, in words and as a check."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import json
import types
import typing
from collections.abc import Collection
from typing import Any

from benchmark.suite.suite import Suite
from benchmark.suite.yaml_text import dump

signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}  # by the name of an annotation's bound
none = "none"  # how None is written, since null is taken


def field_types(suite: Suite) -> dict[str, Any]:
    """Return the type of every field of a suite's Config."""
    config = type(next(iter(suite.profiles.values())))
    hints = typing.get_type_hints(config, include_extras=True)
    return {item.name: hints[item.name] for item in dataclasses.fields(config)}


def convert(value: Any, kind: Any) -> Any:
    """Return a plain value as type `kind`: strict, except that lists become tuples and 1e3 is an integer.

    Since null in params.yaml means "as the profile says", the word none stands for Python's None where the type has
    it and has no text.

    Raises:
        ValueError: when it is of another type.
    """
    from pydantic import TypeAdapter

    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return adapter.validate_json(json.dumps(_whole_numbers(value)), strict=True)
    except ValueError:
        if value == none and _is_optional(kind):
            return None
        raise


def describe(kind: Any, *, listed: str = "a list") -> str:
    """Return a type in words: "a list, each item an integer >= 1", "one of none, batch".

    Args:
        kind: the type; a text among its annotations says all of it.
        listed: what a list is called where it is written.
    """
    inner = functools.partial(describe, listed=listed)
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Annotated:
        return _annotated(inner(arguments[0]), kind.__metadata__, listed)
    if origin is typing.Literal:
        return f"one of {', '.join(map(dump, arguments))}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(map(inner, arguments))
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"{listed}, each item {inner(arguments[0])}"
    if origin is tuple:
        return f"{listed} of {len(arguments)}: {', '.join(map(inner, arguments))}"
    words = {int: "an integer", float: "a number", bool: "true or false", str: "text", type(None): none}
    return words.get(kind, str(getattr(kind, "__name__", kind)))


def _annotated(text: str, annotations: Collection[Any], listed: str) -> str:
    """Return a type's words with what annotations such as `Ge(1)` add to them; a text among them says all of it."""
    bounds = []
    for item in annotations:
        if isinstance(item, str):
            return item
        if least := getattr(item, "min_length", 0):
            text = text.replace(listed, f"{listed} of at least {least}", 1)
        bounds += [f"{sign} {getattr(item, name)}" for name, sign in signs.items() if hasattr(item, name)]
    return " ".join([text, " and ".join(bounds)]).strip()


def _is_optional(kind: Any) -> bool:
    return typing.get_origin(kind) in (typing.Union, types.UnionType) and type(None) in typing.get_args(kind)


def nearest(name: Any, choices: Collection[str]) -> str:
    """Return "; did you mean X?", or what there is, as the end of a message."""
    near = difflib.get_close_matches(str(name), choices, n=1)
    return f"; did you mean {near[0]}?" if near else f" (known: {', '.join(choices) or 'none'})"


def shown(value: Any) -> str:
    """Return a value for a message, cut to a readable length."""
    text = dump(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _whole_numbers(value: Any) -> Any:
    """Return `value` with 1000.0 as 1000: strict typing would refuse 1e3 as an integer, and takes 1000 as a number."""
    if isinstance(value, list):
        return [_whole_numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole_numbers(item) for key, item in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value
