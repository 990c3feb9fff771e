"""Grids of networks, made up: measures that know the gap, mistake it, or have nothing to do with it."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import strategies as st

from benchmark.stats.generalization.hyperparameter_grid import Grid


def sign(x: float) -> int:
    """-1, 0 or 1."""
    return int(x > 0) - int(x < 0)


def settings(*n_levels: int, repeats: int = 1) -> dict[str, np.ndarray]:
    """Every configuration of hyperparameters h0, h1, ... with so many settings, each `repeats` times."""
    rows = np.repeat(list(product(*map(range, n_levels))), repeats, axis=0)
    return {f"h{i}": rows[:, i] for i in range(len(n_levels))}


def independent(*n_levels: int, seed: int = 0, repeats: int = 1) -> Grid:
    """A measure that has nothing to do with the gap, and nothing tied."""
    rng = np.random.default_rng(seed)
    taken = settings(*n_levels, repeats=repeats)
    n = len(taken["h0"])
    return Grid(measure=rng.normal(size=n), gap=0.1 * rng.normal(size=n), settings=taken)


def shuffled(grid: Grid, seed: int) -> Grid:
    """The same networks in another order."""
    order = np.random.default_rng(seed).permutation(len(grid.gap))
    taken = {name: np.asarray(values)[order] for name, values in grid.settings.items()}
    return Grid(measure=grid.measure[order], gap=grid.gap[order], settings=taken)


@st.composite
def tied_grids(draw: st.DrawFn) -> Grid:
    """Small grids with ties, repeats and gaps in them, in which every hyperparameter varies."""
    rows = draw(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=4, max_size=12))
    rows = [(0, 0, 0), (1, 1, 1), *rows]
    numbers = st.lists(st.integers(-2, 2), min_size=len(rows), max_size=len(rows))
    measure, gap = (np.array(draw(numbers), dtype=float) for _ in range(2))
    return Grid(measure=measure, gap=gap, settings={f"h{i}": [row[i] for row in rows] for i in range(3)})
