"""The score of the competition Predicting Generalization in Deep Learning (PGDL, NeurIPS 2020)."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from benchmark.stats.generalization.hyperparameter_grid import Grid, Integers

FLOOR = 1e-12  # inside the logarithm of the entropy, as in the scorer


def pgdl_score(grid: Grid) -> float:
    """Return the competition's variant of K, times 100.

        100 min_{|S| = 2} sum_U I(mu_a > mu_b; g_a > g_b | U) / sum_U H(g_a > g_b | U).

    It differs from `least_information` in that S has two hyperparameters, never fewer; a tie counts as "not greater";
    and pairs of a network with itself count, as ties. (Cells U, the settings of S at both networks, weigh the same;
    on a complete grid they have as many pairs.) So a perfect measure has 100, its negative less (about 80 on a grid
    of 2^4), and a constant one 0. The competition's score is the mean of this over its tasks, a grid each.

    Args:
        grid: complete, with one network for each configuration, of at least three hyperparameters.

    Returns:
        A number in [0, 100].

    Source: the organizers' scoring program (Jiang et al., NeurIPS 2020 Competition: Predicting Generalization in
    Deep Learning, 2020), read there. It names cells by joining the digits of settings; two settings that could be
    mistaken for each other so are kept apart here.

    Raises:
        ValueError: the grid is not complete, has repeats, or has fewer than three hyperparameters.
    """
    _check(grid)
    greater_NN = 2 * np.greater.outer(grid.gap, grid.gap) + np.greater.outer(grid.measure, grid.measure)
    return 100 * min(_share(grid.cells(given), greater_NN) for given in combinations(grid.names, 2))


def _share(cell_N: Integers, greater_NN: Integers) -> float:
    n_cells = int(cell_N.max()) + 1
    bins_NN = np.add.outer(cell_N * n_cells, cell_N) * 4 + greater_NN
    counts = np.bincount(bins_NN.reshape(-1), minlength=n_cells**2 * 4).reshape(-1, 2, 2)
    joint_CGM = counts / counts.sum(axis=(1, 2), keepdims=True)
    gap_CG, measure_CM = joint_CGM.sum(axis=2), joint_CGM.sum(axis=1)
    independent_CGM = gap_CG[:, :, None] * measure_CM[:, None, :]
    ratio_CGM = np.divide(joint_CGM, independent_CGM, out=np.ones_like(joint_CGM), where=joint_CGM > 0)
    entropy = -(gap_CG * np.log2(gap_CG + FLOOR)).sum()
    return float((joint_CGM * np.log2(ratio_CGM)).sum() / entropy)


def _check(grid: Grid) -> None:
    n_levels = [len(set(settings)) for settings in grid.settings.values()]
    n_configurations, n_networks = int(grid.cells(grid.names).max()) + 1, len(grid.gap)
    if len(n_levels) < 3:
        raise ValueError(
            f"the PGDL score wants three hyperparameters or more, the grid has {list(grid.names)}: given two of them,"
            " nothing may be left to explain"
        )
    if not n_configurations == n_networks == np.prod(n_levels):
        raise ValueError(
            f"the PGDL score wants one network for each of {np.prod(n_levels)} configurations, the grid has"
            f" {n_networks} networks of {n_configurations}; use least_information, or Grid.averaged for repeats"
        )
