"""How far a number may lie from the baseline's: one rule for every number of every suite.

    |found - expected| <= limit * size,    size = max(|expected|, scale, smallest)

The limit is 1e-6, and 0 for what is counted. `scale` is the typical size of the quantity in the baseline: a number that
happens to be near 0 among large ones is not held to digits that nobody has, and a quantity that is small everywhere is
held as tightly as a large one. See docs/decisions/0012-same-cells-gate.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

relative = 1e-6  # in double precision cells that do not amplify rounding agree to 1e-8 and better
# a distance of relative * smallest = 1e-12 is rounding, as of an identity whose true value is 0
smallest = 1e-6

Numbers = NDArray[np.float64]


def limit(quantity: str) -> float:
    """Return the largest deviation that passes, in units of the size: none for counts."""
    return 0.0 if quantity.startswith("n_") else relative


def size(expected_N: Numbers, scale_N: Numbers) -> Numbers:
    """Return what distances from numbers are measured in.

    Args:
        expected_N: numbers of the baseline; one that is not finite has the size of its quantity.
        scale_N: typical sizes of their quantities, finite and not negative.
    """
    own_N = np.where(np.isfinite(expected_N), np.abs(expected_N), 0.0)
    return np.maximum(np.maximum(own_N, scale_N), smallest)


def deviation(expected_N: Numbers, found_N: Numbers, size_N: Numbers) -> Numbers:
    """Return distances in units of the size: 0 between equals, NaN too; infinite where one number is not finite."""
    is_equal_N = (expected_N == found_N) | (np.isnan(expected_N) & np.isnan(found_N))
    with np.errstate(invalid="ignore"):
        distance_N = np.abs(found_N - expected_N) / size_N
    return np.where(is_equal_N, 0.0, np.where(np.isfinite(distance_N), distance_N, np.inf))
