"""Checks of a spec's fields, called from `__post_init__`: a bad grid fails before the first second of
training.

Every message names the field, its value, and what to give instead. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from difflib import get_close_matches
from typing import Any, NoReturn


def reject(spec: Any, field: str, remedy: str) -> NoReturn:
    """Raise the `ValueError` that says which field of `spec` is wrong and what to do about it."""
    raise ValueError(f"{type(spec).__name__}.{field} is {getattr(spec, field)!r}; {remedy}")


def require_count(spec: Any, field: str, *, least: int = 1) -> None:
    """Refuse all but integers of at least `least`."""
    value = getattr(spec, field)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        reject(spec, field, f"give an integer >= {least}")


def require_positive(spec: Any, field: str) -> None:
    """Refuse all but finite numbers above 0."""
    if not _is_number(getattr(spec, field)) or getattr(spec, field) <= 0:
        reject(spec, field, "give a number > 0")


def require_non_negative(spec: Any, field: str) -> None:
    """Refuse all but finite numbers from 0."""
    if not _is_number(getattr(spec, field)) or getattr(spec, field) < 0:
        reject(spec, field, "give a number >= 0")


def require_fraction(spec: Any, field: str) -> None:
    """Refuse all but numbers in [0, 1)."""
    if not _is_number(getattr(spec, field)) or not 0 <= getattr(spec, field) < 1:
        reject(spec, field, "give a number from 0 to below 1")


def require_flag(spec: Any, field: str) -> None:
    """Refuse all but True and False, of which other values would train the same network under another key."""
    if not isinstance(getattr(spec, field), bool):
        reject(spec, field, "give True or False")


def require_choice(spec: Any, field: str, choices: Collection[Any]) -> None:
    """Refuse what is not among `choices`, and suggest the nearest one."""
    value = getattr(spec, field)
    if value not in choices:
        near = get_close_matches(str(value), [str(choice) for choice in choices], n=1)
        hint = f" (did you mean {near[0]!r}?)" if near else ""
        reject(spec, field, f"choose one of {', '.join(repr(choice) for choice in choices)}{hint}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
