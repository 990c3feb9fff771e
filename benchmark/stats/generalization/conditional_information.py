"""How much of the gap's order a measure tells beyond the hyperparameters: Jiang's conditional mutual information."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from scipy.special import xlogy

from benchmark.stats.generalization.hyperparameter_grid import Grid, Integers

MOST_GIVEN = 2  # hyperparameters conditioned on at once
SIGNS = 3  # -1, 0 for a tie, 1


def information(grid: Grid, given: Sequence[str]) -> float:
    """Return the share of the entropy of the gap's order that the measure's order explains, given hyperparameters.

    Over ordered pairs of networks a != b, with V_mu = sgn(mu_a - mu_b), V_g = sgn(g_a - g_b) and U_S the settings of
    the hyperparameters S at both a and b:

        I_S = I(V_mu; V_g | U_S) / H(V_g | U_S),

    both estimated by plugging in frequencies, which is biased upwards the more the smaller the cells are. In [0, 1];
    blind to direction: a measure that orders the gaps backwards tells as much. A tie is an outcome of its own.

    Args:
        grid: of networks; repeats of a configuration pair up like any others (`Grid.averaged` takes them out).
        given: S, names of hyperparameters, none for the information as it is.

    Returns:
        NaN where S alone orders the gaps, which leaves nothing to explain.

    Source: Jiang et al., Fantastic generalization measures (2019), section on conditional independence. The paper's
    text could not be read: that pairs are ordered, exclude a network with itself, and that a cell of U_S weighs as
    many pairs as it has, is from memory and agrees with an independent implementation.

    Raises:
        ValueError: the grid has no such hyperparameter.
    """
    return explained(PairCells(grid.cells(given)).count(signs(grid.measure), signs(grid.gap)))


def least_information(grid: Grid) -> float:
    """Return K(mu), the least I_S over all sets S of at most two hyperparameters.

    Sets that leave nothing to explain are passed over; NaN where none is left, that is, where no two gaps differ.
    K of a measure that has nothing to do with the gap is not 0: see `null_information`.

    Source: Jiang et al., Fantastic generalization measures (2019); "at most two" is from memory and agrees with an
    independent implementation.
    """
    measure_P, gap_P = signs(grid.measure), signs(grid.gap)
    shares = [explained(PairCells(grid.cells(given)).count(measure_P, gap_P)) for given in given_sets(grid)]
    return min((share for share in shares if not math.isnan(share)), default=math.nan)


def given_sets(grid: Grid) -> list[tuple[str, ...]]:
    """Return the sets of hyperparameters that K takes its minimum over, the empty one first."""
    return [given for size in range(MOST_GIVEN + 1) for given in combinations(grid.names, size)]


def signs(numbers_N: np.ndarray) -> Integers:
    """Return 0, 1 or 2 where the first network of a pair is below, level with or above the second, shape (P,)."""
    first_P, second_P = _pairs(len(numbers_N))
    sign_P: Integers = np.sign(numbers_N[first_P] - numbers_N[second_P]).astype(np.int64)
    return sign_P + 1


class PairCells:
    """Pairs of networks by the cells that their two networks lie in."""

    def __init__(self, cell_N: Integers) -> None:
        self._n_cells = int(cell_N.max()) + 1
        first_P, second_P = _pairs(len(cell_N))
        self._start_P = (cell_N[first_P] * self._n_cells + cell_N[second_P]) * SIGNS**2

    def count(self, measure_P: Integers, gap_P: Integers) -> np.ndarray:
        """Count ordered pairs by cell, sign of the measure and sign of the gap, shape (C, 3, 3)."""
        shape = (self._n_cells, self._n_cells, SIGNS, SIGNS)
        bins_P = self._start_P + SIGNS * measure_P + gap_P
        one_way = np.bincount(bins_P, minlength=math.prod(shape)).reshape(shape)
        other_way = one_way.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1]  # cells exchanged, signs turned round
        return (one_way + other_way).reshape(-1, SIGNS, SIGNS)


def explained(counts_CMG: np.ndarray) -> float:
    """Return I(M; G | C) / H(G | C) of a table of counts, NaN where H is 0. The unit of entropy cancels."""
    measure, gap = _entropy(counts_CMG.sum(axis=2)), _entropy(counts_CMG.sum(axis=1))
    both = _entropy(counts_CMG.reshape(len(counts_CMG), -1))
    return max(0.0, measure + gap - both) / gap if gap > 0 else math.nan


def _entropy(counts_CV: np.ndarray) -> float:
    """Return H(V | C) times the number of all counts, in nats."""
    counts = counts_CV.astype(np.float64)
    totals = counts.sum(axis=1)
    return float((xlogy(totals, totals) - xlogy(counts, counts).sum(axis=1)).sum())


@lru_cache(maxsize=2)
def _pairs(n: int) -> tuple[Integers, Integers]:
    first_P, second_P = np.triu_indices(n, k=1)
    return first_P, second_P
