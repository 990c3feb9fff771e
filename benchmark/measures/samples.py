"""The mean of independent draws, with the standard error it is known to."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from benchmark.measures.measure import Reading


def averaged(draws: Sequence[float]) -> Reading:
    """Return the mean of `draws` and s / sqrt(n), s the sample standard deviation (None for a single draw)."""
    error = statistics.stdev(draws) / math.sqrt(len(draws)) if len(draws) > 1 else None
    return Reading(value=statistics.fmean(draws), standard_error=error)
