"""Numbers that sum up a loss surface or a loss profile, from its values on a grid.

A grid has loss[i, j] = L at (alpha_i, beta_j), evenly spaced. Values may be infinite or NaN, where the network's
outputs overflow; every function says what it does with them.

Legend of shape suffixes: A values of alpha, B values of beta, D directions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
rounding = (
    1e-5,
    1e-6,
)  # relative and absolute, of losses in single precision; kept in double, so that both count alike
relative_curvature = 1e-3  # a curvature is negative below minus this share of the surface's largest one


def log10_max(loss_AB: Array) -> float:
    """Return log10 of the largest finite loss: a lower bound where some values are not finite; NaN without any."""
    finite = loss_AB[np.isfinite(loss_AB)]
    return _log10(float(finite.max())) if finite.size else float("nan")


def log10_median(loss_AB: Array) -> float:
    """Return log10 of the median loss; what is not finite counts as larger than everything else."""
    return _log10(float(np.median(np.where(np.isfinite(loss_AB), loss_AB, np.inf))))


def share_not_finite(loss_AB: Array) -> float:
    """Return the share of grid points whose loss is infinite or NaN, in [0, 1]."""
    return float(np.mean(~np.isfinite(loss_AB)))


def curvatures(alpha_A: Array, beta_B: Array, loss_AB: Array) -> tuple[Array, Array]:
    """Return the smaller and the larger eigenvalue of the 2 x 2 Hessian at interior points, shape (A - 2, B - 2) each.

    By central differences in the axes' coordinates: exact for a quadratic. NaN where one of the nine values around a
    point is not finite.
    """
    f = np.where(np.isfinite(loss_AB), loss_AB, np.nan)
    step_a, step_b = _step(alpha_A), _step(beta_B)
    centre = f[1:-1, 1:-1]
    aa = (f[2:, 1:-1] - 2 * centre + f[:-2, 1:-1]) / step_a**2
    bb = (f[1:-1, 2:] - 2 * centre + f[1:-1, :-2]) / step_b**2
    ab = (f[2:, 2:] - f[2:, :-2] - f[:-2, 2:] + f[:-2, :-2]) / (4 * step_a * step_b)
    mean, radius = (aa + bb) / 2, np.hypot((aa - bb) / 2, ab)
    return mean - radius, mean + radius


def negative_fraction(alpha_A: Array, beta_B: Array, loss_AB: Array) -> float:
    """Return the share of interior points at which the surface curves down in some direction of the plane.

    That is lambda_min < -1e-3 max |lambda_max|, the maximum over all interior points, with `curvatures`. 0 for a convex
    quadratic, 1 for a saddle. At a small step a negative curvature in the plane proves one of the full Hessian, and a
    positive one proves nothing. Points beside a value that is not finite do not count; NaN where none is left.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.grid import negative_fraction
        >>> axis = np.linspace(-1, 1, 5)
        >>> a, b = np.meshgrid(axis, axis, indexing="ij")
        >>> negative_fraction(axis, axis, a**2 + b**2), negative_fraction(axis, axis, a**2 - b**2)
        (0.0, 1.0)
    """
    negative, known = _negative(alpha_A, beta_B, loss_AB)
    return float(negative[known].mean()) if known.any() else float("nan")


def convex_up_to(loss_AB: Array) -> float:
    """Return the smallest loss at an interior point where convexity is refuted; below it none is in sight.

    Refuted where the loss at a point lies above the mean of two opposite neighbours, in one of the four directions of
    the grid, by more than rounding (1e-5 of that mean, and 1e-6): which no convex function does, whatever the step.
    (A finite-difference Hessian, as in `negative_fraction`, can have a negative eigenvalue for a convex function that
    grows much faster over a step than a quadratic.) The largest interior loss where no point refutes it, which then is
    a lower bound. Neighbours that are not finite refute nothing; NaN where no point is known.
    """
    f = np.where(np.isfinite(loss_AB), loss_AB, np.nan)
    interior = f[1:-1, 1:-1]
    pairs = (
        (f[2:, 1:-1], f[:-2, 1:-1]), (f[1:-1, 2:], f[1:-1, :-2]),
        (f[2:, 2:], f[:-2, :-2]), (f[2:, :-2], f[:-2, 2:]),
    )  # fmt: skip
    relative, absolute = rounding
    chords = [(one + other) / 2 * (1 + relative) + absolute for one, other in pairs]
    refuted = np.any([interior > chord for chord in chords], axis=0)
    if refuted.any():
        return float(interior[refuted].min())
    return float(np.nanmax(interior)) if np.isfinite(interior).any() else float("nan")


def contour_area(alpha_A: Array, beta_B: Array, loss_AB: Array, *, level: float) -> float:
    """Return the area of {L <= level} within the grid, in units of the axes.

    Exact for the function that is linear on four triangles per cell, between its corners and its middle, where it
    takes their mean. For a smooth surface the error falls with the square of the step. A cell with a value that
    is not finite counts as above the level.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.grid import contour_area
        >>> axis = np.linspace(-1, 1, 201)
        >>> a, b = np.meshgrid(axis, axis, indexing="ij")
        >>> round(contour_area(axis, axis, a**2 + b**2, level=0.25), 3)  # a disc of radius 0.5: pi / 4
        0.785
    """
    corners = np.stack([loss_AB[:-1, :-1], loss_AB[1:, :-1], loss_AB[1:, 1:], loss_AB[:-1, 1:]])
    corners = corners[:, np.isfinite(corners).all(axis=0)]
    middle = corners.mean(axis=0)
    shares = [_share_below(np.stack([corners[k], corners[k - 1], middle]), level) for k in range(4)]
    return float(np.sum(shares) / 4 * _step(alpha_A) * _step(beta_B))


def reaches_border(loss_AB: Array, *, level: float) -> bool:
    """Tell whether {L <= level} reaches the border of the grid, so that its area is a lower bound."""
    border = np.concatenate([loss_AB[0], loss_AB[-1], loss_AB[:, 0], loss_AB[:, -1]])
    return bool((border <= level).any())


def flat_radius(alpha_A: Array, loss_A: Array, *, increase: float) -> float:
    """Return the smallest |alpha| at which L >= L(0) + increase, or infinity where the profile never rises so far.

    Linear between grid points. A value that is not finite counts as risen, at its own grid point. `alpha_A` must
    ascend and contain 0.

    Example:
        >>> import numpy as np
        >>> from benchmark.landscape.grid import flat_radius
        >>> alpha = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
        >>> flat_radius(alpha, np.abs(alpha), increase=0.5)
        0.5
    """
    centre = int(np.flatnonzero(alpha_A == 0)[0])
    target = float(loss_A[centre]) + increase
    sides = ((alpha_A[centre:], loss_A[centre:]), (-alpha_A[centre::-1], loss_A[centre::-1]))
    return min(_first_rise(distances, losses, target) for distances, losses in sides)


def _first_rise(distances: Array, losses: Array, target: float) -> float:
    risen = np.flatnonzero(~(losses < target))
    if not risen.size:
        return float("inf")
    end = int(risen[0])
    if end == 0 or not np.isfinite(losses[end]):
        return float(distances[end])
    share = (target - losses[end - 1]) / (losses[end] - losses[end - 1])
    return float(distances[end - 1] + share * (distances[end] - distances[end - 1]))


def _negative(alpha_A: Array, beta_B: Array, loss_AB: Array) -> tuple[Any, Any]:
    smaller, larger = curvatures(alpha_A, beta_B, loss_AB)
    known = np.isfinite(smaller)
    scale = float(np.abs(larger[known]).max()) if known.any() else 0.0
    return known & (smaller < -relative_curvature * scale), known


def _share_below(values: Array, level: float) -> Array:
    """Return the share of each triangle on which the linear function with these values, shape (3, n), is <= level."""
    low, middle, high = np.sort(values, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        rising = (level - low) ** 2 / ((middle - low) * (high - low))
        falling = 1 - (high - level) ** 2 / ((high - middle) * (high - low))
    return np.select([level >= high, level < low, level < middle], [1.0, 0.0, rising], falling)


def _step(values: Array) -> float:
    return float(values[-1] - values[0]) / (len(values) - 1)


def _log10(value: float) -> float:
    return float(np.log10(value)) if value > 0 else float("-inf")
