"""What K amounts to where a measure has nothing to do with the gap, and how surprising the observed one is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmark.stats.generalization.conditional_information import PairCells, explained, given_sets, signs
from benchmark.stats.generalization.hyperparameter_grid import Floats, Grid, Integers

PERMUTATIONS = 200
_ROUNDING = 1e-12  # shares closer than this are the same


def independence_p(grid: Grid, rng: np.random.Generator, *, n_permutations: int = PERMUTATIONS) -> float:
    """P-value of "the measure tells of the gap whatever at most two hyperparameters are given".

    The null is that for some S of at most two hyperparameters measure and gap are independent given S. Gaps are then
    exchangeable among networks that agree in S, so

        p_S = (1 + #{permutations within the cells of S : I_S >= the observed I_S}) / (1 + permutations),

    and as K is the least I_S, all of them have to be surprising: p = max_S p_S (an intersection-union test, of its
    level without a correction for the number of sets, and careful: it is below 0.05 by chance far less often than one
    time in twenty). Permuting over the whole grid instead is not careful enough: where measure and gap both follow one
    hyperparameter and nothing else joins them, it finds K surprising in a quarter of the cases on a grid of 2^4. An S
    that leaves nothing to explain is passed over, as in K.

    What p does not tell: networks of a grid are no random sample, and three hyperparameters or more can still make
    both measure and gap vary.

    Args:
        grid: of networks.
        rng: of the permutations; the same seed gives the same p.
        n_permutations: for each set.

    Returns:
        A number in [1 / (1 + n_permutations), 1]; 1 where no two gaps differ.

    Cost: one count of all pairs of networks for each permutation and set; on one core 0.4 s for 96 networks and five
    hyperparameters, three minutes for 2,187 and seven.

    Source: Fisher, The Design of Experiments (1935), section 21; Berger, Multiparameter hypothesis testing and
    acceptance sampling (1982). The paper of K (Jiang et al. 2019) gives no p-value.

    Raises:
        ValueError: n_permutations is less than 1.
    """
    _check(n_permutations)
    measure_P = signs(grid.measure)
    found = []
    for given in given_sets(grid):
        cell_N = grid.cells(given)
        pairs = PairCells(cell_N)
        observed = explained(pairs.count(measure_P, signs(grid.gap)))
        if np.isnan(observed):
            continue
        permuted = [
            explained(pairs.count(measure_P, signs(gap)))
            for gap in _permuted(grid, cell_N, rng, n_permutations)
        ]
        as_much = np.count_nonzero(np.array(permuted) >= observed - _ROUNDING)
        found.append((1 + as_much) / (1 + n_permutations))
    return max(found, default=1.0)


def null_information(grid: Grid, rng: np.random.Generator, *, n_permutations: int = PERMUTATIONS) -> Floats:
    """Return K with the measure permuted over the whole grid: what a measure that knows nothing reaches.

    That level is not 0, since frequencies of few pairs are never quite those of independence. Its 95th percentile,
    np.quantile(null, 0.95), belongs beside every K: on a grid of 2^4 the mean is 0.02 and the percentile 0.08. Of a
    measure without ties it depends on grid and gaps alone, so once for all such measures is enough.

    Args:
        grid: of networks.
        rng: of the permutations; the same seed gives the same numbers.
        n_permutations: how many.

    Returns:
        Shape (n_permutations,), each NaN where no two gaps differ.

    Cost: as `independence_p`.

    Raises:
        ValueError: n_permutations is less than 1.
    """
    _check(n_permutations)
    gap_P = signs(grid.gap)
    measures = [signs(rng.permutation(grid.measure)) for _ in range(n_permutations)]
    least = np.full(n_permutations, np.nan)
    for given in given_sets(grid):
        pairs = PairCells(grid.cells(given))
        least = np.fmin(least, [explained(pairs.count(measure_P, gap_P)) for measure_P in measures])
    return least


def permuted_within(values_N: Floats, cell_N: Integers, rng: np.random.Generator) -> Floats:
    """Return the values in a random order within each cell."""
    permuted = np.empty_like(values_N)
    permuted[np.argsort(cell_N, kind="stable")] = values_N[np.lexsort((rng.random(len(cell_N)), cell_N))]
    return permuted


def _permuted(grid: Grid, cell_N: Integers, rng: np.random.Generator, n: int) -> Iterator[Floats]:
    for _ in range(n):
        yield permuted_within(grid.gap, cell_N, rng)


def _check(n_permutations: int) -> None:
    if n_permutations < 1:
        raise ValueError(f"n_permutations is {n_permutations}; give at least 1, better {PERMUTATIONS}")
