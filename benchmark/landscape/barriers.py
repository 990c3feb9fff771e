"""How a loss or an error runs along a line: barriers between two networks, departures from monotone descent.

Pure functions of a curve on a grid. What is not finite stays so: a NaN anywhere makes the number NaN, and an infinite
loss makes an infinite barrier (or NaN, where infinity would be taken from infinity).

Legend of shape suffixes: A points of the line. `alpha_A` ascends; networks lie at its first and last entry.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.floating[Any]]


def frankle_barrier(values_A: Curve) -> float:
    """Return max_a E(a) - (E(0) + E(1)) / 2, the height above the mean of the ends.

    Not 0 for a convex curve whose ends differ: half their difference then. Never negative; swapping the ends changes
    nothing. The paper takes the error, 30 evenly spaced points, and calls a pair stable below 0.02.

    Source: Frankle et al. 2020 ("Linear Mode Connectivity and the Lottery Ticket Hypothesis"), section 2; its number
    of points and its threshold are known second-hand.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.barriers import frankle_barrier
        >>> round(frankle_barrier(np.array([0.0, 0.1, 0.1, 0.5, 0.4])), 2)  # 0.5 - (0.0 + 0.4) / 2
        0.3
    """
    return float(values_A.max()) - (float(values_A[0]) + float(values_A[-1])) / 2


def entezari_barrier(alpha_A: Curve, values_A: Curve) -> float:
    """Return max_a [ L(a) - ((1 - a) L(0) + a L(1)) ], the height above the straight line between the ends.

    0 for a convex curve, exactly, as the ends are among the points; never negative; swapping the ends changes nothing.

    Source: Entezari et al. 2022 ("The Role of Permutation Invariance in Linear Mode Connectivity"), their definition
    of a barrier, of the loss, known second-hand; their code takes the accuracy in the middle only: `mid_barrier`.

    Raises:
        ValueError: where alpha does not run from 0 to 1.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.barriers import entezari_barrier
        >>> alpha = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
        >>> round(entezari_barrier(alpha, np.array([0.0, 0.1, 0.1, 0.5, 0.4])), 2)  # 0.5 - (0.25 * 0.0 + 0.75 * 0.4)
        0.2
    """
    if alpha_A[0] != 0 or alpha_A[-1] != 1:
        raise ValueError(f"alpha runs from {alpha_A[0]} to {alpha_A[-1]}; a barrier needs it from 0 to 1")
    with np.errstate(invalid="ignore"):
        chord_A = (1 - alpha_A) * values_A[0] + alpha_A * values_A[-1]
        return float((values_A - chord_A).max())


def mid_barrier(alpha_A: Curve, values_A: Curve) -> float:
    """Return E(1/2) - (E(0) + E(1)) / 2; of the error, the mean accuracy of the ends minus that in the middle.

    Negative where the middle is better than the ends. Swapping the ends changes nothing.

    Source: the code of Entezari et al. 2022.

    Raises:
        ValueError: where 1/2 is not among the points, as with an even number of them.
    """
    middle = np.flatnonzero(alpha_A == 0.5)
    if len(middle) == 0:
        raise ValueError(f"alpha = 0.5 is not among the {len(alpha_A)} points; take an odd number of them")
    return float(values_A[middle[0]]) - (float(values_A[0]) + float(values_A[-1])) / 2


def monotonicity_gap(values_A: Curve) -> float:
    """Return max over a1 < a2 of L(a2) - L(a1), or 0 if that is negative: the largest rise on the way.

    0 if and only if the curve never rises from one point to a later one.

    Source: Lucas et al. 2021 ("Analyzing Monotonic Linear Interpolation in Neural Network Loss Landscapes"), the
    smallest Delta of a Delta-monotonic curve, from memory.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.barriers import monotonicity_gap
        >>> monotonicity_gap(np.array([3.0, 1.0, 2.0, 0.5]))  # from 1 up to 2
        1.0
    """
    lowest_before = np.minimum.accumulate(values_A)[:-1]
    with np.errstate(invalid="ignore"):
        return float(np.maximum((values_A[1:] - lowest_before).max(), 0))


def bump_count(alpha_A: Curve, values_A: Curve, *, least_slope: float = 1e-3) -> float:
    """Return how often the curve rises and then falls again.

    Slopes are those between neighbouring points; the ones within `least_slope` (per unit of alpha) of 0 are flat and
    do not count. A definition of our own.
    """
    with np.errstate(invalid="ignore"):
        slopes = np.diff(values_A) / np.diff(alpha_A)
    if np.isnan(slopes).any():
        return float("nan")
    signs = np.sign(slopes[np.abs(slopes) > least_slope])
    return float(((signs[:-1] > 0) & (signs[1:] < 0)).sum())


def plateau_end(alpha_A: Curve, values_A: Curve, *, share: float = 0.9) -> float:
    """Return the first alpha at which L falls below `share` L(0), interpolated; the last one if it never does.

    A definition of our own, after the plateaus that Vlaar and Frankle 2022 see on such lines.
    """
    if np.isnan(values_A).any():
        return float("nan")
    level = share * float(values_A[0])
    below = np.flatnonzero(values_A < level)
    if len(below) == 0:
        return float(alpha_A[-1])
    here = int(below[0])
    if here == 0:  # a negative loss
        return float(alpha_A[0])
    before, after = float(values_A[here - 1]), float(values_A[here])
    step = float(alpha_A[here] - alpha_A[here - 1])
    return float(alpha_A[here - 1]) + step * (before - level) / (before - after)
