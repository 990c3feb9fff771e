"""The readings of a curve: one number per quantity and point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from benchmark.measures.measure import Reading

if TYPE_CHECKING:
    import numpy as np

on_a_line = ("train_loss", "train_error", "test_loss", "test_error")  # what a line may hold


def curve_readings(
    quantities: Sequence[str], alphas: Sequence[float], table: np.ndarray[Any, Any]
) -> list[Reading]:
    """Return the readings of a table of shape (number of alphas, number of quantities), point by point.

    The index `alpha` is rounded to 12 digits, so that equal points of different grids have equal names. Losses
    (quantities that end in "loss") are in nats, all else has no unit.
    """
    return [
        Reading(
            quantity=quantity,
            index={"alpha": round(alpha, 12)},
            value=float(value),
            unit="nats" if quantity.endswith("loss") else "",
        )
        for alpha, row in zip(alphas, table, strict=True)
        for quantity, value in zip(quantities, row, strict=True)
    ]
