"""The exact one-sided sign-flip test over seeds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 20
RANDOM_SUBSETS = 99_999
_SEED = 20_260_101  # part of the rules: an edit is a new rules version
_ROUNDING = 1e-12  # share of the sum of magnitudes within which a sum is a tie with zero; ties count against
_BLOCK = 2**22  # numbers held at once


def sign_flip_p(values_SN: NDArray[np.float64]) -> NDArray[np.float64]:
    """P-value of "the centre is above zero", for every row of one value per seed.

    Under the null each value is as likely as its negative. The sum after flipping the signs of the seeds in
    A is at least the observed sum exactly when the values in A sum to zero or less, so

        p = #{A : sum_{i in A} x_i <= 0} / #{A},   A over all subsets of the seeds, the empty one included.

    Exact up to 20 seeds; beyond, 99,999 random subsets from a fixed seed, and the empty one (so p > 0 is
    kept). p falls when any one value rises; it does not change with order or scale; exchanging the sides
    negates the values.

    Args:
        values_SN: shape (..., N), finite.

    Returns:
        Shape (...), in [smallest_p(N), 1].

    Source: Fisher, The Design of Experiments (1935), section 21.
    """
    values = by_magnitude(values_SN)
    rows = values.reshape(-1, values.shape[-1])
    tie = _ROUNDING * np.abs(rows).sum(axis=-1, keepdims=True)
    parts = [(sums <= tie[block]).mean(axis=-1) for block, sums in _blocks(rows)]
    return np.concatenate(parts).reshape(values.shape[:-1]) if parts else np.ones(values.shape[:-1])


def smallest_p(n: int) -> float:
    """The smallest p-value that `n` seeds can reach: 2**-n, and 1e-5 where subsets are drawn at random."""
    return 2.0**-n if n <= EXACT_UP_TO else 1.0 / (RANDOM_SUBSETS + 1)


def subset_sums(values_SN: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of each subset of the last axis, the empty one first; beyond 20 values a fixed random choice."""
    n = values_SN.shape[-1]
    if n > EXACT_UP_TO:
        return values_SN @ _random_subsets(n)
    sums = np.zeros((*values_SN.shape[:-1], 1))
    for i in range(n):
        sums = np.concatenate([sums, sums + values_SN[..., i : i + 1]], axis=-1)
    return sums


def by_magnitude(values_SN: NDArray[np.float64]) -> NDArray[np.float64]:
    """Order rows by magnitude: rounding and random subsets then see neither the order of a row nor (unless
    magnitudes tie) its sign.
    """
    values = np.asarray(values_SN, dtype=np.float64)
    return np.take_along_axis(values, np.lexsort((values, np.abs(values)), axis=-1), axis=-1)


def _blocks(rows: NDArray[np.float64]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
    step = max(1, int(_BLOCK * smallest_p(rows.shape[-1])))
    for start in range(0, len(rows), step):
        block = slice(start, start + step)
        yield block, subset_sums(rows[block])


@lru_cache(maxsize=4)
def _random_subsets(n: int) -> NDArray[np.float64]:
    members = np.random.default_rng([_SEED, n]).integers(0, 2, size=(n, RANDOM_SUBSETS)).astype(np.float64)
    return np.concatenate([np.zeros((n, 1)), members], axis=1)
