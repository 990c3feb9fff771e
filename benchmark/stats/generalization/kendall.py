"""Kendall's rank correlation of a measure with the gap, over all pairs of networks of a grid."""

from __future__ import annotations

import numpy as np

from benchmark.stats.generalization.hyperparameter_grid import Floats, Grid


def tau_a(grid: Grid) -> float:
    """Return Kendall's tau as Jiang et al. define it, a tie counting as neither.

        tau_a = 1 / (n (n - 1)) sum_{i != j} sgn(mu_i - mu_j) sgn(g_i - g_j).

    In [-1, 1]; 1 only where nothing is tied. A monotone change of either side changes nothing.

    Source: Kendall, A new measure of rank correlation (1938); Jiang et al., Fantastic generalization measures
    (2019). That the paper makes no correction for ties is from memory.
    """
    return sign_agreement(grid.measure, grid.gap)


def tau_b(grid: Grid) -> float:
    """Return Kendall's tau with the correction for ties: the sum over sqrt(pairs untied in mu, times untied in g).

    In [-1, 1]; 1 where gap and measure order and tie alike. NaN where either does not vary.

    Source: Kendall, The treatment of ties in ranking problems (1945).
    """
    from scipy import stats

    return float(stats.kendalltau(grid.measure, grid.gap).statistic)


def sign_agreement(x_N: Floats, y_N: Floats) -> float:
    """Return the mean over pairs i != j of sgn(x_i - x_j) sgn(y_i - y_j); at least two of each."""
    n = len(x_N)
    signs_NN = np.sign(np.subtract.outer(x_N, x_N)) * np.sign(np.subtract.outer(y_N, y_N))
    return float(signs_NN.sum() / (n * (n - 1)))
