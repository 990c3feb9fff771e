"""Granulated Kendall: how a measure orders networks that differ in one hyperparameter alone."""

from __future__ import annotations

import math

import numpy as np

from benchmark.stats.generalization.hyperparameter_grid import Grid


def psi(grid: Grid, name: str) -> float:
    """Return the mean, over all settings of the other hyperparameters, of tau_a where only one varies.

        psi_i = 1 / m_i sum_{slices} tau_a(slice),  m_i = prod_{j != i} |Theta_j|.

    A slice holds the networks that agree in all other hyperparameters. Where it holds repeats, pairs of one and the
    same configuration do not count; without repeats this is tau_a. In an incomplete grid the mean is over the slices
    that have a pair; NaN where none has.

    Args:
        grid: of networks.
        name: of the hyperparameter that varies.

    Returns:
        A number in [-1, 1].

    Source: Jiang et al., Fantastic generalization measures (2019); m_i by an extract of the paper's formulas.

    Raises:
        ValueError: the grid has no such hyperparameter.
    """
    slice_N, varied_N = grid.cells(grid.others(name)), grid.cells([name])
    taus = [_tau(grid, np.flatnonzero(slice_N == s), varied_N) for s in range(slice_N.max() + 1)]
    known = [tau for tau in taus if not math.isnan(tau)]
    return float(np.mean(known)) if known else math.nan


def granulated_kendall(grid: Grid) -> float:
    """Return Psi, the mean of psi over all hyperparameters.

    NaN where one of them has no pair of networks that differ in it alone: a mean over those left would be another
    number in each seed.

    Source: Jiang et al., Fantastic generalization measures (2019).
    """
    return float(np.mean([psi(grid, name) for name in grid.names]))


def _tau(grid: Grid, members: np.ndarray, varied_N: np.ndarray) -> float:
    """Return the mean product of signs over pairs of members with different settings, NaN without one."""
    mu, gap, varied = grid.measure[members], grid.gap[members], varied_N[members]
    differ = np.not_equal.outer(varied, varied)
    signs = np.sign(np.subtract.outer(mu, mu)) * np.sign(np.subtract.outer(gap, gap))
    return float(signs[differ].mean()) if differ.any() else math.nan
