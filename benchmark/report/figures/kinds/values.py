"""From a number of the records to what an axis shows of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

Shown = Callable[[Any], Any]  # of an array or a column of values


def as_it_is(values: Any) -> Any:
    """Return the values."""
    return values


def percent(values: Any) -> Any:
    """Return shares of 1 in per cent."""
    return 100 * values


def accuracy(values: Any) -> Any:
    """Return errors, shares of 1, as accuracy in per cent."""
    return 100 * (1 - values)


def at_least(floor: float) -> Shown:
    """Return what draws values below a floor on it."""

    def clipped(values: pd.Series[Any]) -> pd.Series[Any]:
        return values.clip(lower=floor)

    return clipped
