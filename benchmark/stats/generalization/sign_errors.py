"""Does a measure tell which of two networks has the larger gap? Sign errors, environment by environment."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.generalization.hyperparameter_grid import Floats, Grid, Integers

LEAST_SIZE = 12.0  # effective sample size of an environment that counts, where pairs are weighted
PERCENTILE = 90
_ROUNDING = 1e-5  # relative, within which a size is large enough, as in the authors' code


@dataclass(frozen=True, kw_only=True, eq=False)
class SignErrors:
    """The sign error of a measure in each environment.

    An environment is a change of one hyperparameter from one setting to another with all others fixed. Each appears
    twice, there and back, with the same error, as in the published counts.

    Attributes:
        errors: shape (E,), in [0, 1]: 0 where the measure always tells the larger gap, 1 where never.
        sizes: shape (E,), effective number of pairs of networks in it.
        varied: shape (E,), names of the hyperparameters that change.
    """

    errors: Floats
    sizes: Floats
    varied: NDArray[np.str_]

    @property
    def robust(self) -> float:
        """The largest error of all environments, NaN where there is none."""
        return float(self.errors.max()) if len(self.errors) else math.nan

    @property
    def percentile(self) -> float:
        """The 90th percentile over environments (linear between two), NaN where there is none."""
        return float(np.percentile(self.errors, PERCENTILE)) if len(self.errors) else math.nan

    @property
    def mean(self) -> float:
        """The mean over environments, NaN where there is none."""
        return float(self.errors.mean()) if len(self.errors) else math.nan

    def of(self, name: str) -> SignErrors:
        """Return the environments in which one hyperparameter changes; none where no change of it counts."""
        is_in = self.varied == name
        return SignErrors(errors=self.errors[is_in], sizes=self.sizes[is_in], varied=self.varied[is_in])


def sign_errors(grid: Grid, *, n_test: int | None = None, least_size: float | None = None) -> SignErrors:
    """Compare networks of configurations that differ in one hyperparameter alone.

    The error of a pair, and of an environment e with its pairs of networks (all repeats of one configuration against
    all of the other):

        error(a, b) = (1 - sgn(mu_a - mu_b) sgn(g_a - g_b)) / 2 in {0, 1/2, 1},
        error(e) = sum_{pairs} w error / sum_{pairs} w,   size(e) = (sum w)^2 / sum w^2.

    Pairs weigh as `noise_weights` says for a test set of `n_test` examples, which leaves out gaps that may differ by
    chance. Weights are off (w = 1) where n_test is None: with 1,000 test examples only differences of more than 6 %
    would count.

    Args:
        grid: of networks, with gaps as fractions.
        n_test: size of the test set that gaps were measured on.
        least_size: of an environment that counts; by default 12 with weights, and any without.

    Returns:
        An entry for each environment that counts.

    Source: Dziugaite et al., In search of robust measures of generalization (2020), by the authors' code, which
    weighs, filters and counts environments in both directions as here.

    Raises:
        ValueError: n_test is not positive.
    """
    if n_test is not None and n_test < 1:
        raise ValueError(f"n_test is {n_test}; give the size of the test set, or None for no weights")
    first_P, second_P, varied_P = _neighbours(grid)
    mu, gap = (values[first_P] - values[second_P] for values in (grid.measure, grid.gap))
    error_P = (1 - np.sign(mu) * np.sign(gap)) / 2
    weight_P = np.ones(len(gap)) if n_test is None else noise_weights(gap, n_test=n_test)
    environment_P = _environments(grid, first_P, second_P)
    total_E, squares_E, errors_E = (
        np.bincount(environment_P, weights) for weights in (weight_P, weight_P**2, weight_P * error_P)
    )
    size_E = np.divide(total_E**2, squares_E, out=np.zeros(len(total_E)), where=squares_E > 0)
    least = least_size if least_size is not None else 0.0 if n_test is None else LEAST_SIZE
    counts = (total_E > 0) & (size_E >= least * (1 - _ROUNDING))
    varied_E = np.zeros(len(total_E), dtype=np.int64)
    varied_E[environment_P] = varied_P
    return SignErrors(
        errors=errors_E[counts] / total_E[counts],
        sizes=size_E[counts],
        varied=np.array(grid.names)[varied_E[counts]],
    )


def noise_weights(difference_P: Floats, *, n_test: int) -> Floats:
    """Return how surely two gaps differ in the direction seen.

        w = (h - 1/2)_+,   h = max(0, 1 - 2 exp(-2 n (|dg| / 2)^2))^2.

    By Hoeffding's inequality each of two test errors is within |dg| / 2 of its expectation with a probability of at
    least 1 - 2 exp(-2 n (|dg| / 2)^2), and h is that of both. With 10,000 test examples w > 0 from |dg| = 1.96 % on.

    Args:
        difference_P: of two gaps, as fractions, any shape.
        n_test: examples in the test set.

    Returns:
        The same shape, in [0, 1/2].

    Source: Dziugaite et al., In search of robust measures of generalization (2020); constants as in the authors'
    code. Hoeffding, Probability inequalities for sums of bounded random variables (1963).
    """
    surely = np.maximum(0.0, 1 - 2 * np.exp(-2 * n_test * (np.abs(difference_P) / 2) ** 2)) ** 2
    weights: Floats = np.maximum(0.0, surely - 0.5)
    return weights


def _neighbours(grid: Grid) -> tuple[Integers, Integers, Integers]:
    """Return all ordered pairs of networks that differ in one hyperparameter alone, and in which."""
    codes_NH = grid.codes
    n_differing_NN = sum(np.not_equal.outer(code_N, code_N).astype(np.int8) for code_N in codes_NH.T)
    first_P, second_P = np.nonzero(n_differing_NN == 1)
    return first_P, second_P, (codes_NH[first_P] != codes_NH[second_P]).argmax(axis=1)


def _environments(grid: Grid, first_P: Integers, second_P: Integers) -> Integers:
    """Return the environment of each pair, numbered from 0: which configuration against which."""
    configuration_N = grid.cells(grid.names)
    both_P = configuration_N[first_P] * (int(configuration_N.max()) + 1) + configuration_N[second_P]
    environment_P: Integers = np.unique(both_P, return_inverse=True)[1]
    return environment_P
