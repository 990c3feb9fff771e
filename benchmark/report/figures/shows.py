"""Which claims a figure shows: said where the figure is made, and linked both ways on the page."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from benchmark.stats.claim import Claim
from benchmark.stats.number import Number

Function = TypeVar("Function", bound=Callable[..., Any])
attribute = "shows_claims"


def shows(*claims: str) -> Callable[[Function], Function]:
    """Say which claims a figure function shows.

    A claim of a paper, `S1.C4`, stands for its analogues on other data, too (`Claim.of`), such as `S1.C4-digits`. Of an
    arm that was tuned it says nothing: a figure that draws that one names the claim about it, `S1.C4-digits-tuned`.
    """

    def said(function: Function) -> Function:
        setattr(function, attribute, claims)
        return function

    return said


def claims_shown(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return what a figure function says it shows; nothing for one that says nothing."""
    said: tuple[str, ...] = getattr(function, attribute, ())
    return said


def numbers_in(value: Any) -> Iterator[Number]:
    """Yield the numbers that a figure or a reduction reads, however deep; none for a plain function."""
    if isinstance(value, Number):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            yield from numbers_in(getattr(value, part.name))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from numbers_in(part)


def measures_of(value: Any) -> frozenset[str]:
    """Return the families of the measures that a figure draws, or a claim reads; none where that cannot be told.

    A figure that says more by a function of the records may read any.
    """
    fields = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
    if any(inspect.isfunction(getattr(value, part.name)) for part in fields):
        return frozenset()
    return frozenset(number.measure.partition("[")[0] for number in numbers_in(value))


def is_shown(claim: Claim, names: tuple[str, ...], measures: frozenset[str] = frozenset()) -> bool:
    """Tell whether a figure shows a claim.

    Args:
        claim: which one.
        names: of claims that the figure names, by whole ids, of which no part counts.
        measures: that it draws, if known: a claim that reads none of them is not shown, whatever is named.
    """
    read = measures_of(claim)
    if measures and read and measures.isdisjoint(read):
        return False
    return claim.id in names or (claim.of in names and not claim.tuned_of)
