"""Radial width: how far one can go in a random direction, in units of the weights' norm, before the loss has risen."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from benchmark.landscape.loss import Landscape
    from benchmark.landscape.trained import Trained

quantiles = {"value": 0.5, "lower_quartile": 0.25, "upper_quartile": 0.75}
n_doublings = 10  # the search starts at largest / 2^n_doublings
accuracy = 1e-4  # of a width, relative
n_bootstraps = 1000


@measure(
    unit="",
    source="our scalar for the radial tunnels of Fort and Jastrzebski 2019",
    positive=True,
    quantities=(*quantiles, "distance"),
)
def radial_width(
    trained: Trained,
    *,
    n_directions: int = 20,
    increase: float = 0.5,
    largest: float = 4.0,
    n_examples: int | None = None,
) -> Result:
    """Median over random unit directions u of the smallest t with L(theta + t ||theta|| u) >= L(theta) + increase.

    Quantities `value` (the median), `lower_quartile` and `upper_quartile` over directions, each with a bootstrap
    standard error, and `distance`, the median times ||theta||: what a change of the norm does to the median it does not
    do to the distance. Every weight moves, biases and batch-norm scales included. The median is invariant under a
    common scaling of all weights that leaves the function alone, not under rescaling of single layers or neurons. On a
    quadratic with all curvatures equal to l it is sqrt(2 increase / l) / ||theta||.

    Each t is exact to 1e-4 of itself where the loss rises once: t is doubled from largest/1024 until it has risen,
    and then sought in between; a rise that is over again within a factor of 2 can be missed. A loss that is not finite
    has risen. A direction along which the loss has not risen at `largest` counts as `largest`, and a note says so; with
    a loss that is not finite at theta all is NaN. Batch-norm statistics are frozen. About 14 passes per direction.

    Args:
        trained: the network.
        n_directions: number of random directions.
        increase: rise of the loss (nats).
        largest: where the search ends, in units of ||theta||.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for fewer than one direction, or an `increase` or `largest` that is not above 0.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.radial_width import radial_width
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), 2 * torch.eye(2).double()
        >>> _ = torch.nn.init.ones_(net.weight)
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = ||d||^2
        >>> {one.quantity: round(one.value, 3) for one in radial_width().compute(trained).readings}
        {'value': 0.5, 'lower_quartile': 0.5, 'upper_quartile': 0.5, 'distance': 0.707}
    """
    _check(n_directions, increase, largest)
    landscape = trained.landscape(n_examples=n_examples)
    centre = landscape.loss(landscape.theta)

    def width(direction: int) -> list[float]:
        rise = _rise(landscape, centre, increase, trained.rng(f"radial_width.{direction}"))
        return [_first_crossing(rise, largest) if math.isfinite(centre) else math.nan]

    widths_D = trained.tabulate(range(n_directions), width)[:, 0]
    n_flat = int((widths_D == largest).sum())
    if n_flat:
        trained.notes.append(
            f"along {n_flat} of {n_directions} directions the loss does not rise by {increase:g} up to t = {largest:g}"
        )
    readings = _summary(widths_D, trained)
    distance = readings[0].value * float(landscape.theta.norm())
    return Result(readings=[*readings, Reading(quantity="distance", value=distance)])


def _rise(landscape: Landscape, centre: float, increase: float, generator: Any) -> Callable[[float], float]:
    """Return t -> L(theta + t ||theta|| u) - L(theta) - increase, cut off at +increase: finite, and 0 at the width."""
    from benchmark.landscape.directions import gaussian

    direction_P = gaussian(landscape.theta, generator)
    step_P = direction_P * (landscape.theta.norm() / direction_P.norm())

    @functools.cache
    def rise(t: float) -> float:
        beyond = landscape.loss(landscape.theta + t * step_P) - centre - increase
        return min(beyond, increase) if math.isfinite(beyond) else increase

    return rise


def _first_crossing(rise: Callable[[float], float], largest: float) -> float:
    from scipy.optimize import brentq

    low = 0.0
    for n_halvings in range(n_doublings, -1, -1):
        high = largest / 2**n_halvings
        if rise(high) >= 0:
            return float(brentq(rise, low, high, xtol=accuracy * high / 4, rtol=accuracy / 4))
        low = high
    return largest


def _summary(widths_D: np.ndarray[Any, Any], trained: Trained) -> list[Reading]:
    import numpy as np
    import torch

    shape = (n_bootstraps, len(widths_D))
    drawn = torch.randint(0, len(widths_D), shape, generator=trained.rng("radial_width.bootstrap"))
    samples = widths_D[drawn.numpy()]
    readings = []
    for quantity, q in quantiles.items():
        error = float(np.quantile(samples, q, axis=1).std()) if len(widths_D) > 1 else None
        readings.append(
            Reading(quantity=quantity, value=float(np.quantile(widths_D, q)), standard_error=error)
        )
    return readings


def _check(n_directions: int, increase: float, largest: float) -> None:
    if n_directions < 1:
        raise ValueError(f"n_directions is {n_directions}; a median needs at least 1")
    for name, value in {"increase": increase, "largest": largest}.items():
        if not value > 0:
            raise ValueError(f"{name} is {value}; give a number above 0")
