"""The parts of a conjunction, each with its own effect, interval and unit, as its verdict tells them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.report.words.numbers import estimate
from benchmark.stats.claim import Claim

of_message = re.compile(r"leg (\d+) \((\w+)\): (\S+) \[(\S+), (\S+)\], p = ([^\s;]+)")


@dataclass(frozen=True, kw_only=True)
class LegVerdict:
    """What the records say of one leg.

    Attributes:
        direction: in which the effect is claimed.
        effect, low, high: as in the verdict.
        unit: of them; "" where it is not known.
        smallest_effect: the smallest that matters, in that unit; None where it is not known.
    """

    direction: str
    effect: float
    low: float | None
    high: float | None
    unit: str
    smallest_effect: float | None

    @property
    def texts(self) -> tuple[str, str]:
        """Effect and interval as texts."""
        return estimate(self.effect, self.low, self.high)

    @property
    def certainty(self) -> float:
        """How far the effect lies from the smallest that matters, in half-widths of the interval.

        NaN where that is not known, and where all seeds have one number, as in an identity: there is no half-width.
        """
        ends = (self.low, self.high, self.smallest_effect)
        if self.direction == "identity" or any(end is None or not math.isfinite(end) for end in ends):
            return math.nan
        low, high, smallest = (float(end) for end in ends if end is not None)
        claimed = {"less": -self.effect, "equal": abs(self.effect)}.get(self.direction, self.effect)
        distance, half = abs(claimed - smallest), (high - low) / 2
        return distance / half if half > 0 else math.nan


def legs_of(verdict: Mapping[str, Any], claim: Claim | None = None) -> tuple[LegVerdict, ...]:
    """Return the legs of a verdict, one where it is no conjunction; none without an effect.

    A conjunction tells its legs in its message, to four digits; units and smallest effects stand in the claim.
    """
    if verdict.get("effect") is None:
        return ()
    found = of_message.findall(str(verdict.get("message") or ""))
    known = () if claim is None else claim.legs
    if len(found) < 2 or (known and len(known) != len(found)):
        return (_only(verdict),)
    return tuple(
        LegVerdict(
            direction=direction,
            effect=float(effect),
            low=float(low),
            high=float(high),
            unit=known[int(place) - 1].unit if known else "",
            smallest_effect=known[int(place) - 1].smallest_effect if known else None,
        )
        for place, direction, effect, low, high, _ in found
    )


def shown(verdict: Mapping[str, Any], legs: tuple[LegVerdict, ...]) -> LegVerdict | None:
    """Return the leg whose numbers a verdict has as its own, the weakest; None without an effect."""
    if not legs:
        return None
    own = [f"{verdict[name]:.4g}" if verdict.get(name) is not None else "" for name in ("effect", "low")]
    return next((leg for leg in legs if [f"{leg.effect:.4g}", f"{leg.low:.4g}"] == own), legs[0])


def texts_of(legs: tuple[LegVerdict, ...]) -> tuple[tuple[str, str, str], ...]:
    """Return effect, interval and unit of each part of a conjunction; nothing of a single number."""
    return tuple((*leg.texts, leg.unit) for leg in legs) if len(legs) > 1 else ()


def _only(verdict: Mapping[str, Any]) -> LegVerdict:
    return LegVerdict(
        direction=str(verdict.get("direction") or "greater"),
        effect=float(verdict["effect"]),
        low=verdict.get("low"),
        high=verdict.get("high"),
        unit=str(verdict.get("unit") or ""),
        smallest_effect=verdict.get("smallest_effect"),
    )
