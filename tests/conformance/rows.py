"""A line of the table in docs/conformance.md: what a tool computes, what we do, and the difference, measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """A quantity on which a tool and we agree.

    Attributes:
        tool, quantity: what is compared.
        definition: of both.
        measured: -> largest relative difference.
        bound: what it may be.
    """

    tool: str
    quantity: str
    definition: str
    measured: Callable[[], float]
    bound: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A quantity on which a tool and we differ.

    Attributes:
        tool, quantity: what is compared.
        theirs, ours: the two definitions.
        measured: -> the difference as one number.
        wording: the number in words, with one place such as `{:.2g}`; it is written down to this rounding.
        within: relative change of the number, beyond its rounding, that other processors may bring.
        why: the cause, and what a user of the tool can do.
    """

    tool: str
    quantity: str
    theirs: str
    ours: str
    measured: Callable[[], float]
    wording: str
    within: float = 0.0
    why: str

    def text(self) -> str:
        """Return the number in words, as measured now."""
        return self.wording.format(self.measured())

    def agrees(self, written: str) -> bool:
        """Tell whether the number that stands in `written` is the one measured now, up to its rounding."""
        before, place, after = re.split(r"(\{[^}]*\})", self.wording)
        found = re.fullmatch(re.escape(before) + r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)" + re.escape(after), written)
        if found is None:
            return False
        number, measured = float(found[1]), self.measured()
        rounding = abs(float(place.format(measured)) - measured) + 1e-12
        return abs(number - measured) <= 2 * rounding + self.within * abs(number)
