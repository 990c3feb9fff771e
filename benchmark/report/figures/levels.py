"""Levels for contours of a loss on a logarithmic scale: few, round, and shared by the panels that are compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

most_levels = 14
ladders = ((1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))
lowest_share = 1e-8  # what is smaller than this share of the largest loss is drawn as if it were that
drawable = (1e-200, 1e200)  # matplotlib's own levels below and above all others are 1e-250 and 1e250
steps_of_ten = (2, 3, 5, 10, 20, 50, 100, 200)


def shared_log_levels(
    losses: Iterable[ArrayLike], *, most: int = most_levels, highest: float = math.inf
) -> np.ndarray:
    """Return levels that hold the finite losses of all panels, the first below and the last above all of them.

    They climb a ladder of round numbers (1, 2, 5, 10, 20, ...), the finest with at most `most` rungs in this range;
    decades, then every second decade and so on, where the range is enormous; equal steps where it is tiny. Losses
    that are not positive have no logarithm: they lie below the first level.

    Args:
        losses: the surfaces.
        most: at most so many levels.
        highest: the last level is the first at or above it, so that one panel that explodes leaves levels to the
            others.
    """
    low, high = _range(losses)
    low, high = min(low, highest), min(high, highest)
    if high < 1.2 * low:
        return _linear(low, high)
    for ladder in ladders:
        levels = _climb(low, high, ladder)
        if len(levels) <= most:
            return levels
    return next(
        levels for step in steps_of_ten if len(levels := _decades(low, high, step)) <= most or step == 200
    )


def level_text(level: float) -> str:
    """Return a level as its label: `0.05`, `20`, `5e-4`, `1e5`."""
    text = f"{level:.3g}" if level >= 1e-3 else f"{level:.2e}".replace(".00e", "e")
    mantissa, _, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if power else text


def _range(losses: Iterable[ArrayLike]) -> tuple[float, float]:
    values = np.concatenate(
        [np.ravel(np.asarray(loss, dtype=np.float64)) for loss in losses] or [np.empty(0)]
    )
    values = values[np.isfinite(values) & (values > 0)]
    if not values.size:
        return 1.0, 1.0
    low, high = (float(value) for value in np.clip([values.min(), values.max()], *drawable))
    return max(low, lowest_share * high if high < 1e4 else low), high


def _climb(low: float, high: float, ladder: Sequence[float]) -> np.ndarray:
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    rungs = np.array([float(f"{rung}e{decade}") for decade in decades for rung in ladder])
    first = int(np.searchsorted(rungs, low, side="right")) - 1
    last = int(np.searchsorted(rungs, high, side="left"))
    return rungs[first : max(last, first + 1) + 1]


def _decades(low: float, high: float, step: int) -> np.ndarray:
    first = math.floor(math.log10(low) / step) * step
    last = math.ceil(math.log10(high) / step) * step
    return np.array(
        [float(f"1e{power}") for power in range(first, max(last, first + step) + 1, step) if power < 308]
    )


def _linear(low: float, high: float) -> np.ndarray:
    """Return about eight equal steps with round ends, at least one on either side of a constant."""
    spread = max((high - low) / 6, 1e-6 * low, 1e-300)
    unit = 10.0 ** math.floor(math.log10(spread))
    step = next(unit * factor for factor in (1, 2, 5, 10) if unit * factor >= spread)
    first, last = math.floor(low / step), math.ceil(high / step)
    return np.arange(first, max(last, first + 1) + 1) * step
