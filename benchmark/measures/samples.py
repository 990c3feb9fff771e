"""The mean of independent draws, with the standard error it is known to."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import replace

from benchmark.measures.measure import Reading


def averaged(draws: Sequence[float]) -> Reading:
    """Return the mean of `draws` and s / sqrt(n), s the sample standard deviation (None for a single draw)."""
    error = deviation(draws) / math.sqrt(len(draws)) if len(draws) > 1 else None
    return Reading(value=statistics.fmean(draws), standard_error=error)


def deviation(draws: Sequence[float]) -> float:
    """Return the sample standard deviation of at least two draws; NaN where one is not finite."""
    return statistics.stdev(draws) if all(map(math.isfinite, draws)) else math.nan


def summarized(
    draws: Mapping[str, Sequence[float]], *, units: Mapping[str, str], spreads: Sequence[str] = ()
) -> list[Reading]:
    """Return the mean of every quantity and, for several draws, the deviation of those in `spreads`, `<name>_spread`.

    Args:
        draws: by quantity.
        units: of the quantities that have one.
        spreads: quantities whose scatter between draws is a result of its own.
    """
    readings = [
        replace(averaged(values), quantity=name, unit=units.get(name, "")) for name, values in draws.items()
    ]
    return readings + [
        Reading(quantity=f"{name}_spread", value=deviation(draws[name]), unit=units.get(name, ""))
        for name in spreads
        if len(draws[name]) > 1
    ]
