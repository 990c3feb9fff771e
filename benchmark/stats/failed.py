"""What a failed seed counts as. It is an outcome, never a gap: leaving it out would judge survivors only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.claim import Leg


def count_failed(values_N: NDArray[np.float64], leg: Leg, *, against: bool) -> NDArray[np.float64]:
    """Give every failed (NaN) seed the worst value for the claim, or with `against=False` the best one.

    With direction "greater" ("less" mirrored), R = max(largest observed magnitude, smallest effect):
      bounded statistic: its lower bound against, its upper bound in favour; else -R against, +R in favour.
    With "equal": R + margin against, on the side on which the observed mean lies; 0 in favour.
    With "identity": infinity against, 0 in favour.

    A claim is reproduced only if it is with all failures counted against it, and contradicted only if it is
    with all counted in its favour: failures can stop a verdict, never make one.
    """
    failed = np.isnan(values_N)
    if not failed.any():
        return values_N
    return np.where(failed, _stand_in(values_N[~failed], leg, against=against), values_N)


def _stand_in(observed: NDArray[np.float64], leg: Leg, *, against: bool) -> float:
    if leg.direction == "identity":
        return math.inf if against else 0.0
    reach = float(np.max(np.abs(observed), initial=leg.smallest_effect))
    if leg.direction == "equal":
        side = -1.0 if observed.sum() < 0 else 1.0
        return side * (reach + leg.smallest_effect) if against else 0.0
    upwards = (leg.direction == "greater") != against
    bound = leg.bounds[upwards] if leg.bounds is not None else math.inf
    if math.isfinite(bound):
        return bound
    return reach if upwards else -reach
