"""Tests of "no difference that matters" and of its opposite, by sign flips around the margins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.sign_flip import sign_flip_p


def equivalence_p(values_SN: NDArray[np.float64], *, margin: float) -> NDArray[np.float64]:
    """Two one-sided tests: the larger p of "the centre is above -margin" and "it is below +margin".

    Source: Schuirmann, A comparison of the two one-sided tests procedure and the power approach (1987).
    """
    return np.maximum(sign_flip_p(margin - values_SN), sign_flip_p(margin + values_SN))


def difference_p(values_SN: NDArray[np.float64], *, margin: float) -> NDArray[np.float64]:
    """Twice the smaller p of "the centre is above +margin" and "it is below -margin", at most 1."""
    smaller = np.minimum(sign_flip_p(values_SN - margin), sign_flip_p(-values_SN - margin))
    return np.asarray(np.minimum(1.0, 2 * smaller))
