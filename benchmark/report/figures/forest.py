"""The forest plot, one row a claim: effect and interval in units of the smallest effect that matters.

Claims have different units; divided by their smallest effect they share one axis, on which 0 is no effect, 1 is what
matters, and right is what the paper says. The axis is asinh, linear near zero and logarithmic far from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from benchmark.stats.claim import Leg

width, height, margin = 168, 22, 7
farthest = 50.0  # in smallest effects; what lies beyond is drawn at the edge with an arrow


@dataclass(frozen=True, kw_only=True)
class Bar:
    """Effect and interval of one claim, in units of its smallest effect, the claimed direction to the right."""

    low: float
    effect: float
    high: float
    outcome: str
    marks: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """The ends of the common axis."""

    low: float
    high: float

    def place(self, value: float) -> float:
        """Return the horizontal position of a value, in pixels, inside the axis."""
        inside = min(max(value, self.low), self.high)
        share = (math.asinh(inside) - math.asinh(self.low)) / (math.asinh(self.high) - math.asinh(self.low))
        return round(margin + share * (width - 2 * margin), 1)


def bar(*, effect: float | None, low: float | None, high: float | None, outcome: str, leg: Leg) -> Bar | None:
    """Return a verdict as a bar; None without an effect or without a scale (identities)."""
    if effect is None or leg.direction == "identity":
        return None
    scale = -leg.smallest_effect if leg.direction == "less" else leg.smallest_effect
    ends = sorted(x / scale for x in (effect if low is None else low, effect if high is None else high))
    marks = (-1.0, 1.0) if leg.direction == "equal" else (1.0,)
    return Bar(low=ends[0], effect=effect / scale, high=ends[1], outcome=outcome, marks=marks)


def axis(bars: Sequence[Bar]) -> Axis:
    """Return the axis that holds all bars, at least from -1 to 2 and at most to 50 on either side."""
    lows, highs = [b.low for b in bars], [b.high for b in bars]
    return Axis(low=max(-farthest, min([-1.2, *lows])), high=min(farthest, max([2.0, *highs])))


def draw(bar: Bar, axis: Axis) -> Markup:
    """Return a bar as inline SVG; the numbers stand beside it as text, so it is hidden from screen readers."""
    middle = height / 2
    lines = [_rule(axis.place(0), "zero"), *(_rule(axis.place(mark), "mark") for mark in bar.marks)]
    left, right = axis.place(bar.low), axis.place(bar.high)
    shape = Markup('<line class="whisker" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
        left, right, middle, middle
    )
    arrows = [_arrow(left, -1)] * (bar.low < axis.low) + [_arrow(right, 1)] * (bar.high > axis.high)
    dot = Markup('<circle class="dot" cx="{}" cy="{}" r="4"/>').format(axis.place(bar.effect), middle)
    return Markup('<svg class="forest {}" viewBox="0 0 {} {}" aria-hidden="true">{}</svg>').format(
        bar.outcome, width, height, Markup("").join([*lines, shape, *arrows, dot])
    )


def _rule(x: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{}" x2="{}" y1="0" y2="{}"/>').format(kind, x, x, height)


def _arrow(x: float, side: int) -> Markup:
    middle = height / 2
    points = f"{x + 5 * side},{middle} {x},{middle - 4} {x},{middle + 4}"
    return Markup('<polygon class="arrow" points="{}"/>').format(points)
