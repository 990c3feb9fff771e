"""From the records of one seed to one number: what a claim is about.

Each constructor takes a measure's label (or a `Number`, which can also narrow quantity, index and factors)
and returns a frozen reduction. Arms and levels are taken from the records of all seeds, so that a row
missing in one seed is an error and never another comparison. A failed cell among the rows that are read
makes the seed NaN, that is failed, and so does a number that is not positive in a ratio or logarithm of a
measure declared positive. A conjunction of several is not a number: see `Claim.legs`.
"""

from __future__ import annotations

from typing import Any, Literal

from benchmark.stats.number import Number
from benchmark.stats.reduction import Association, Contrast, Hump, Minus, Reduction, Single, Size, Trend


def value(number: str | Number, *, minus: float = 0.0) -> Single:
    """One number per seed against a fixed one: x - minus, e.g. an AUROC minus 0.5.

    >>> import pandas as pd
    >>> from benchmark.stats.number import Number
    >>> from benchmark.stats.reduce import value
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> value(Number(measure="trace", where={"width": 4}), minus=0.5)(seed)
    0.5
    """
    return Single(number=_number(number), minus=minus)


def difference(number: str | Number, *, factor: str, first: Any, second: Any) -> Contrast:
    """x(first) - x(second); arms are values of the factor, or "min" and "max" of those present.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import difference
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> difference("trace", factor="width", first="min", second="max").fixed(seed)(seed)
    7.0

    `fixed` takes what "min" and "max" are from the records of all seeds; `judge` calls it.
    """
    return Contrast(number=_number(number), factor=factor, first=first, second=second, kind="difference")


def log_ratio(number: str | Number, *, factor: str, first: Any, second: Any) -> Contrast:
    """ln(x(first) / x(second)), arms as in `difference`; for measures declared positive.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import log_ratio
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> round(log_ratio("trace", factor="width", first=1, second=4)(seed), 3)
    2.079
    """
    return Contrast(number=_number(number), factor=factor, first=first, second=second, kind="log ratio")


def relative_difference(number: str | Number, *, factor: str, first: Any, second: Any) -> Contrast:
    """(x(first) - x(second)) / (x(first) + x(second)), arms as in `difference`; for numbers that are never negative.

    It is 0 where they are equal, within +-1, and NaN, a failed seed, where both are 0.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import relative_difference
    >>> seed = pd.DataFrame({"label": "area", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "depth": [2, 8], "value": [3.0, 1.0]})
    >>> relative_difference("area", factor="depth", first=2, second=8)(seed)
    0.5
    """
    return Contrast(
        number=_number(number), factor=factor, first=first, second=second, kind="relative difference"
    )


def kendall_tau(number: str | Number, *, factor: str, levels: tuple[Any, ...] = ()) -> Trend:
    """Kendall's tau_a against an ordered factor: (concordant - discordant) / all pairs; a tie is neither.

    `levels` in order where they do not sort by themselves; by default all that are present.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import kendall_tau
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> kendall_tau("trace", factor="width").fixed(seed)(seed)
    -1.0
    """
    return Trend(number=_number(number), factor=factor, kind="tau", levels=levels)


def slope(number: str | Number, *, factor: str, log_factor: bool = False, log_value: bool = False) -> Trend:
    """Least-squares slope on a numeric factor; natural logarithms where asked.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import slope
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> round(slope("trace", factor="width", log_factor=True, log_value=True).fixed(seed)(seed), 3)
    -1.5
    """
    number = _number(number)
    return Trend(number=number, factor=factor, kind="slope", log_factor=log_factor, log_value=log_value)


def rank_correlation(
    x: str | Number, y: str | Number, *, kind: Literal["spearman", "kendall"] = "spearman"
) -> Association:
    """Rank correlation (rho with mid-ranks, or tau_a) over the cells of a seed; 0 if one is constant.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import rank_correlation
    >>> seed = pd.DataFrame({"label": ["trace"] * 3 + ["error"] * 3, "quantity": "value", "index": "", "seed": 0,
    ...                      "status": "done", "cells": [["a"], ["b"], ["c"]] * 2, "value": [8, 4, 1, 0.1, 0.3, 0.2]})
    >>> round(rank_correlation("trace", "error")(seed), 3)
    -0.5
    """
    return Association(x=_number(x), y=_number(y), kind=kind)


def hump(number: str | Number, *, factor: str) -> Hump:
    """How far a curve over an ordered factor goes up and down again: peak minus the higher of its two feet.

    Which levels are peak and feet is read from the mean curve of the other seeds, so that a flat curve has a hump
    of 0 on average, or less, and not that of its own noise. Several rows of a level and seed are averaged.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import hump
    >>> rows = pd.DataFrame({"label": "barrier", "quantity": "value", "index": "", "status": "done",
    ...                      "seed": [0, 0, 0, 1, 1, 1], "width": [1, 2, 4] * 2, "value": [0, 5, 2, 1, 4, 0]})
    >>> hump("barrier", factor="width").fixed(rows)(rows[rows["seed"] == 0])
    3.0
    """
    return Hump(number=_number(number), factor=factor)


def minus(left: Reduction, right: Reduction) -> Minus:
    """An interaction, left - right, such as the effect of depth without skips minus the effect with them.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import difference, minus
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> first, second = (difference("trace", factor="width", first=w, second=4) for w in (1, 2))
    >>> minus(first, second)(seed)
    4.0
    """
    return Minus(left=left, right=right)


def size(reduction: Reduction) -> Size:
    """The absolute value of a reduction, such as the size of a rank correlation of either sign.

    >>> import pandas as pd
    >>> from benchmark.stats.reduce import size, value
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": [0], "status": "done",
    ...                      "value": 2.0})
    >>> size(value("trace", minus=5))(seed)
    3.0
    """
    return Size(of=reduction)


def _number(number: str | Number) -> Number:
    return Number(measure=number) if isinstance(number, str) else number
