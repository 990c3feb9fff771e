"""Which claims a figure shows: said where the figure is made, and linked both ways on the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
attribute = "shows_claims"
of_tuned = "-tuned"  # how the id of a claim about the tuned arm ends


def shows(*claims: str) -> Callable[[Function], Function]:
    """Say which claims a figure function shows.

    `S1.C4` stands for that claim and for its variants, whose ids go on with a dash: `S1.C4-digits`. Of an arm that was
    tuned it says nothing: a figure that draws that one names the whole claim, `S1.C4-digits-tuned`.
    """

    def said(function: Function) -> Function:
        setattr(function, attribute, claims)
        return function

    return said


def claims_shown(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return what a figure function says it shows; nothing for one that says nothing."""
    said: tuple[str, ...] = getattr(function, attribute, ())
    return said


def is_shown(claim: str, names: tuple[str, ...]) -> bool:
    """Tell whether a claim is among those that a figure names."""
    return any(claim == name or _is_variant(claim, name) for name in names)


def _is_variant(claim: str, name: str) -> bool:
    return claim.startswith(f"{name}-") and not claim.endswith(of_tuned)
