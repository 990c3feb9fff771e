"""Which claims a figure shows: said where the figure is made, and linked both ways on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from benchmark.stats.claim import Claim

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


def is_shown(claim: Claim, names: tuple[str, ...]) -> bool:
    """Tell whether a claim is among those that a figure names: by whole ids, of which no part counts."""
    return claim.id in names or (claim.of in names and not claim.tuned_of)
