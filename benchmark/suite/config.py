"""The fields of a suite's Config: their types, in words and as a check."""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Collection
from typing import Any

from benchmark.suite.suite import Suite
from benchmark.suite.yaml_text import dump

none = "none"  # how None is written, since null is taken


def field_types(suite: Suite) -> dict[str, Any]:
    """Return the type of every field of a suite's Config."""
    config = type(next(iter(suite.profiles.values())))
    hints = typing.get_type_hints(config)
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


def describe(kind: Any) -> str:
    """Return a type in words: "a list of integers", "one of none, batch"."""
    arguments = typing.get_args(kind)
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return f"one of {', '.join(map(dump, arguments))}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(describe(item) for item in arguments)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return f"a list, each item {describe(arguments[0])}"
    if origin is tuple:
        return f"a list of {len(arguments)}: {', '.join(map(describe, arguments))}"
    words = {int: "an integer", float: "a number", bool: "true or false", str: "text", type(None): none}
    return words.get(kind, str(getattr(kind, "__name__", kind)))


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
