"""Pairs of numbers that should be equal, with how far apart they may be. No file, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.regression.tolerances import Pair, Tolerances


def with_tolerances(pairs: pd.DataFrame, tolerances: Tolerances) -> pd.DataFrame:
    """Return the pairs that are compared, with columns of what was found.

    They are `tolerance`, `share` (the distance as a share of it), `most` (the same of the largest tolerance of any
    group) and `is_equal` (to the last bit).

    Args:
        pairs: rows of `numbers`, with `value_found`.
        tolerances: of the suite.
    """
    import numpy as np

    of = ["group", "band", "quantity"]
    kinds = pairs[of].drop_duplicates()
    own = [tolerances.of(*kind) for kind in kinds.itertuples(index=False)]
    any_group = [tolerances.largest(*kind[1:]) for kind in kinds.itertuples(index=False)]
    kinds[["absolute", "relative"]] = _pairs(own, otherwise=(np.nan, np.nan))
    kinds[["absolute_most", "relative_most"]] = _pairs(any_group, otherwise=(np.inf, 0.0))
    pairs = pairs.merge(kinds, on=of, how="left")
    pairs = pairs[pairs["absolute"].notna()]
    value, other = pairs["value"].to_numpy(float), pairs["value_found"].to_numpy(float)
    equal = (value == other) | (np.isnan(value) & np.isnan(other))
    size = np.where(np.isfinite(value), np.abs(value), 0.0)
    distance = np.where(equal, 0.0, np.abs(other - value))
    tolerance = pairs["absolute"].to_numpy(float) + pairs["relative"].to_numpy(float) * size
    largest = pairs["absolute_most"].to_numpy(float) + pairs["relative_most"].to_numpy(float) * size
    share, most = _shares(distance, tolerance), _shares(distance, largest)
    return pairs.assign(tolerance=tolerance, share=share, most=most, is_equal=equal)


def _pairs(pairs: Sequence[Pair | None], otherwise: Pair) -> Any:
    """Return tolerances as an array of two columns, which an empty one has too."""
    import numpy as np

    return np.array([pair or otherwise for pair in pairs], dtype=float).reshape(-1, 2)


def _shares(distance: Any, tolerance: Any) -> Any:
    """Return distances as shares of tolerances: 0 for no distance, infinite where one of the numbers is not finite."""
    import numpy as np

    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(distance == 0, 0.0, distance / tolerance)
    return np.where(np.isnan(share), np.inf, share)


def excused(pairs: pd.DataFrame) -> pd.Series[bool]:
    """Tell which numbers beyond their tolerance are chance: of a quarter of a group's cells at most, and no more than
    some group of the suite is known to move.

    A stop that comes one test later, or one unit that dies, is rare; a fault is in every seed.
    """
    beyond = pairs["share"] > 1
    of = [pairs[name] for name in ("group", "label", "quantity")]
    n_beyond = pairs["cells"].where(beyond).groupby(of).transform("nunique")
    n_cells = pairs["cells"].groupby(of).transform("nunique")
    return beyond & (n_beyond <= n_cells // 4) & (pairs["most"] <= 1)
