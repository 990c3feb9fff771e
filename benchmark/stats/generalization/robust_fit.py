"""The gap as a line in one measure, as good as it gets in the worst environment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import minimize_scalar

from benchmark.stats.generalization.hyperparameter_grid import Floats, Grid, Integers

Shared = Literal["all", "all but one", "one"]
_HALVINGS = 60  # of the interval that holds the best bias: to the last bit
_TOLERANCE = 1e-9  # of the weight, relative to the interval searched


@dataclass(frozen=True, kw_only=True)
class RobustFit:
    """A line g = weight z + bias in the standardized measure z, and how wrong it is.

    Attributes:
        weight: at least 0, a fraction of gap for each standard deviation of the measure.
        bias: a fraction.
        worst: largest mean squared error of an environment.
        worst_of_bias: what the best line without the measure reaches, at least `worst`.
    """

    weight: float
    bias: float
    worst: float
    worst_of_bias: float

    @property
    def gained(self) -> float:
        """The share of the bias-only error that the measure takes away, in [0, 1]; 0 where that error is 0."""
        return 1 - self.worst / self.worst_of_bias if self.worst_of_bias > 0 else 0.0


def robust_fit(grid: Grid, *, shared: Shared = "all", name: str | None = None) -> RobustFit:
    """Fit the gap by a line in one measure so that the worst environment is as well off as can be.

        min_{w >= 0, b} max_e mean_{i in e} (g_i - w z_i - b)^2,   z = (mu - mean mu) / sd mu over all networks.

    An environment holds the networks that share some settings: of "all" hyperparameters (so it holds repeats, or one
    network), of "all but one", or of "one" (`name`; by default each of them in turn, all environments together).

    The problem is convex, and it is solved as such rather than by the 500 steps of gradient descent with momentum of
    the paper's code. For a weight w an environment's error is a parabola in b with the same curvature as all others,
    and the least of the largest of these is convex in w. So one line search inside another finds the optimum, in

        0 <= w <= sd g + sqrt(worst of the bias-only fit),

    as beyond it the mean error over all networks alone is larger, (w - sd g)^2 at least. A measure that does not vary
    has weight 0.

    Args:
        grid: of networks.
        shared: what the networks of an environment agree in.
        name: of the one hyperparameter, where `shared` is not "all".

    Returns:
        The line, and its worst error beside that of the bias-only fit, both right to about 1e-8 of themselves.

    Source: Dziugaite et al., In search of robust measures of generalization (2020), single-network experiments, by
    the authors' code, where environments are splits v1, v2 and v3. That code steps down the gradient of the largest
    error over the number of environments, which has the same minimum; in which unit the paper plots the error is not
    confirmed.

    Raises:
        ValueError: the grid has no such hyperparameter, or a name is given where all are shared.
    """
    environments = [grid.cells(names) for names in _sharing(grid, shared, name)]
    z_N = _standardized(grid.measure)
    moments = _Moments(z_N, grid.gap, environments)
    worst_of_bias = moments.worst(0.0)
    most = float(grid.gap.std()) + math.sqrt(worst_of_bias)
    weight = _best_weight(moments, most) if z_N.any() and np.ptp(grid.gap) > 0 else 0.0
    return RobustFit(
        weight=weight, bias=moments.bias(weight), worst=moments.worst(weight), worst_of_bias=worst_of_bias
    )


class _Moments:
    """Means over environments, which are all that their squared errors need."""

    def __init__(self, z_N: Floats, gap_N: Floats, environments: list[Integers]) -> None:
        def means(values_N: Floats) -> Floats:
            return np.concatenate([np.bincount(e_N, values_N) / np.bincount(e_N) for e_N in environments])

        self.z_E, self.gap_E = means(z_N), means(gap_N)
        self.zz_E, self.zg_E, self.gg_E = means(z_N**2), means(z_N * gap_N), means(gap_N**2)

    def errors(self, weight: float, bias: float) -> Floats:
        """Return the mean squared error in each environment, shape (E,)."""
        square_E = self.gg_E - 2 * weight * self.zg_E + weight**2 * self.zz_E
        return square_E - 2 * bias * (self.gap_E - weight * self.z_E) + bias**2

    def bias(self, weight: float) -> float:
        """Return the best bias for a weight: which way to go, the worst environment says."""
        own_E = self.gap_E - weight * self.z_E  # the bias that would suit each best
        low, high = float(own_E.min()), float(own_E.max())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            worst = int(self.errors(weight, middle).argmax())
            low, high = (middle, high) if own_E[worst] > middle else (low, middle)
        return (low + high) / 2

    def worst(self, weight: float) -> float:
        """Return the largest error under the best bias for a weight."""
        return max(0.0, float(self.errors(weight, self.bias(weight)).max()))


def _standardized(measure_N: Floats) -> Floats:
    """Return the measure with mean 0 and standard deviation 1, all 0 where it does not vary."""
    if np.ptp(measure_N) == 0:
        return np.zeros(len(measure_N))
    scaled_N = measure_N / np.abs(measure_N).max()  # squares of products of norms would overflow
    standardized_N: Floats = (scaled_N - scaled_N.mean()) / scaled_N.std()
    return standardized_N


def _best_weight(moments: _Moments, most: float) -> float:
    found = minimize_scalar(
        moments.worst, bounds=(0.0, most), method="bounded", options={"xatol": _TOLERANCE * most}
    )
    return min(0.0, float(found.x), key=moments.worst)  # the search never tries the ends


def _sharing(grid: Grid, shared: Shared, name: str | None) -> list[tuple[str, ...]]:
    """Return which hyperparameters the networks of an environment agree in, for each way to make environments."""
    if shared == "all":
        if name is not None:
            raise ValueError(f"name is {name!r}, but all hyperparameters are shared; leave it out")
        return [grid.names]
    names = grid.names if name is None else (name,)
    return [grid.others(one) if shared == "all but one" else (one,) for one in names]
