"""Holm's step-down correction for several tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def holm(p_M: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust the p-values of one family: p <= alpha after it bounds the chance of any false finding by alpha.

    With p_(1) <= ... <= p_(m), adjusted p_(k) = max_{j <= k} min(1, (m - j + 1) p_(j)). No independence is
    assumed.

    Args:
        p_M: shape (..., m), one family along the last axis. A claim that could not be run takes part with p
            = 1, so that the correction stays the one fixed before the data.

    Returns:
        The same shape.

    Source: Holm, A simple sequentially rejective multiple test procedure (1979).
    """
    p = np.asarray(p_M, dtype=np.float64)
    order = np.argsort(p, axis=-1, kind="stable")
    steps = np.arange(p.shape[-1], 0, -1)
    stepped = np.minimum(1.0, np.maximum.accumulate(steps * np.take_along_axis(p, order, axis=-1), axis=-1))
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, stepped, axis=-1)
    return adjusted
