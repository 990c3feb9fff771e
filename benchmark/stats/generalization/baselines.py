"""Measures that every other is held against: one that knows the gap, one that knows nothing, and common lore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmark.stats.generalization.hyperparameter_grid import Floats, Grid, listed


def oracle(grid: Grid, rng: np.random.Generator, *, noise: float = 0.0) -> Floats:
    """Return the gap itself with noise: g + noise N(0, 1), shape (N,).

    Args:
        grid: of networks; its measure is not read.
        rng: of the noise.
        noise: standard deviation, in gaps as fractions; 0.02 and 0.05 are usual.

    Source: Jiang et al., Fantastic generalization measures (2019); name and noise are from memory.

    Raises:
        ValueError: noise is negative.
    """
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; give a standard deviation of at least 0")
    return grid.gap + noise * rng.standard_normal(len(grid.gap))


def random_measure(grid: Grid, rng: np.random.Generator) -> Floats:
    """Return N(0, 1), shape (N,): what chance reaches on a grid of this size."""
    return rng.standard_normal(len(grid.gap))


def canonical_ordering(grid: Grid, order: Mapping[str, Sequence[Any]]) -> Floats:
    """Return a fixed guess of what each hyperparameter does to the gap, shape (N,).

        mu = sum_i place of the setting in the order of hyperparameter i / (number of its settings - 1).

    Where one hyperparameter varies alone, as in psi, only its own order counts. That all then weigh the same in the
    sum is this project's choice: how the paper joins them into one number is not confirmed, nor its guesses.

    Args:
        grid: of networks; neither measure nor gap is read.
        order: settings from the one expected to have the smallest gap to the one with the largest, for example
            {"width": (64, 16), "optimizer": ("sgd", "adam")}. A hyperparameter left out has no effect.

    Source: Jiang et al., Fantastic generalization measures (2019); the idea is from memory.

    Raises:
        ValueError: an unknown hyperparameter, an order of fewer than two settings or of one twice, or a network
            whose setting is not in the order.
    """
    guess_N = np.zeros(len(grid.gap))
    for name, settings in order.items():
        if name not in grid.settings:
            raise ValueError(f"the grid has no hyperparameter {name!r}; it has {list(grid.names)}")
        guess_N += _places(name, listed(grid.settings[name]), list(settings))
    return guess_N


def _places(name: str, taken: list[Any], order: list[Any]) -> Floats:
    place = {setting: i / max(1, len(order) - 1) for i, setting in enumerate(order)}
    if len(place) < 2 or len(place) < len(order):
        raise ValueError(f"the order of {name} is {order}; give two settings or more, each once")
    missing = [setting for setting in taken if setting not in place]
    if missing:
        raise ValueError(f"{name} {missing[0]!r} is not in its order {order}; say where it belongs")
    return np.array([place[setting] for setting in taken])
