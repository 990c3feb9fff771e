"""What the constructors of `benchmark.stats.reduce` make: callables from the rows of one seed to one number.

Each has `fixed(population)`, which takes arms and levels from the records of all seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmark.stats.number import CannotReduce, Number, describe, usable

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Single:
    """See `value`."""

    number: Number
    minus: float

    def __call__(self, rows: pd.DataFrame) -> float:
        return self.number.read(rows) - self.minus

    def fixed(self, population: pd.DataFrame) -> Single:
        """Settle the label."""
        return replace(self, number=self.number.fixed(population))


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """See `difference`, `log_ratio` and `relative_difference`."""

    number: Number
    factor: str
    first: Any
    second: Any
    kind: Literal["difference", "log ratio", "relative difference"]

    def __call__(self, rows: pd.DataFrame) -> float:
        read = self.number.read_log if self.kind == "log ratio" else self.number.read
        first, second = (read(rows, {self.factor: arm}) for arm in (self.first, self.second))
        if self.kind != "relative difference":
            return first - second
        if min(first, second) < 0:
            raise CannotReduce(
                "not_positive", f"{self.number.measure} is negative; take the difference itself"
            )
        total = first + second
        return (first - second) / total if total > 0 else math.nan

    def fixed(self, population: pd.DataFrame) -> Contrast:
        """Settle the label, and replace "min" and "max" by the smallest and largest level in the population."""
        number = self.number.fixed(population)
        if self.kind == "log ratio":
            number = number.for_ratios(population)
        arms = [self.first, self.second]
        if {"min", "max"} & {arm for arm in arms if isinstance(arm, str)}:
            levels = _at_least_two(number.levels(population, self.factor), self.factor, number)
            ends = {"min": levels[0], "max": levels[-1]}
            arms = [ends.get(arm, arm) if isinstance(arm, str) else arm for arm in arms]
        return replace(self, number=number, first=arms[0], second=arms[1])


@dataclass(frozen=True, kw_only=True)
class Trend:
    """See `kendall_tau` and `slope`."""

    number: Number
    factor: str
    kind: Literal["tau", "slope"]
    log_factor: bool = False
    log_value: bool = False
    levels: tuple[Any, ...] = ()

    def __call__(self, rows: pd.DataFrame) -> float:
        read = self.number.read_log if self.log_value else self.number.read
        y = [read(rows, {self.factor: level}) for level in self.levels]
        if not np.isfinite(y).all():
            return math.nan
        if self.kind == "tau":
            return _tau(list(range(len(y))), y)
        x = [self._log(level) if self.log_factor else float(level) for level in self.levels]
        return float(np.polyfit(x, y, 1)[0])

    def _log(self, level: float) -> float:
        if level <= 0:
            raise CannotReduce(
                "not_positive", f"{self.factor} is {level}; take the slope on the factor itself"
            )
        return math.log(level)

    def fixed(self, population: pd.DataFrame) -> Trend:
        """Settle the label, and take all levels in the population unless they were given."""
        number = self.number.fixed(population)
        if self.log_value:
            number = number.for_ratios(population)
        levels = self.levels or number.levels(population, self.factor)
        return replace(self, number=number, levels=_at_least_two(levels, self.factor, number))


@dataclass(frozen=True, kw_only=True)
class Association:
    """See `rank_correlation`."""

    x: Number
    y: Number
    kind: Literal["spearman", "kendall"]

    def __call__(self, rows: pd.DataFrame) -> float:
        x, y = (_by_cells(number, rows) for number in (self.x, self.y))
        if x is None or y is None:
            return math.nan
        if x.keys() != y.keys() or len(x) < 2:
            raise CannotReduce(
                "data_missing",
                f"{self.x.measure} has {len(x)} cells and {self.y.measure} {len(y)}, "
                f"with {len(x.keys() & y.keys())} in common; needs the same cells, two at least",
            )
        pairs = [(x[cells], y[cells]) for cells in sorted(x)]
        correlate = _spearman if self.kind == "spearman" else _tau
        return correlate([a for a, _ in pairs], [b for _, b in pairs])

    def fixed(self, population: pd.DataFrame) -> Association:
        """Settle both labels."""
        return replace(self, x=self.x.fixed(population), y=self.y.fixed(population))


@dataclass(frozen=True, kw_only=True)
class Hump:
    """See `hump`. `curves` are those of all seeds, a row per seed, filled in by `fixed`."""

    number: Number
    factor: str
    curves: pd.DataFrame | None = None

    def __call__(self, rows: pd.DataFrame) -> float:
        hits = self.number.rows(rows)
        if not usable(hits):
            return math.nan
        own = hits.groupby(self.factor)["value"].mean().sort_index()
        of_others = None if self.curves is None else self.curves[~self.curves.index.isin(hits["seed"])]
        others = own if of_others is None else of_others.mean()
        if len(own) < 3 or list(own.index) != list(others.index):
            raise CannotReduce(
                "data_missing", f"{self.number.measure} at {len(own)} levels of {self.factor}; needs three"
            )
        before, peak, after = _hump_places(others.to_numpy(dtype=float))
        return float(own.iloc[peak] - max(own.iloc[before], own.iloc[after]))

    def fixed(self, population: pd.DataFrame) -> Hump:
        """Settle the label, and keep every seed's curve, of which a seed sees those of the others."""
        number = self.number.fixed(population)
        rows = number.rows(population)
        curves = rows[rows["status"] == "done"].pivot_table(index="seed", columns=self.factor, values="value")
        return replace(self, number=number, curves=curves.sort_index(axis=1) if len(curves) > 1 else None)


def _hump_places(curve: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[int, int, int]:
    """Return the places of the interior value that stands out most on both sides, and of what it stands out from."""
    places = [
        (int(curve[:i].argmin()), i, i + 1 + int(curve[i + 1 :].argmin())) for i in range(1, len(curve) - 1)
    ]
    return max(places, key=lambda place: curve[place[1]] - max(curve[place[0]], curve[place[2]]))


@dataclass(frozen=True, kw_only=True)
class Minus:
    """See `minus`."""

    left: Reduction
    right: Reduction

    def __call__(self, rows: pd.DataFrame) -> float:
        return self.left(rows) - self.right(rows)

    def fixed(self, population: pd.DataFrame) -> Minus:
        """Fix both sides."""
        return replace(self, left=self.left.fixed(population), right=self.right.fixed(population))


@dataclass(frozen=True, kw_only=True)
class Size:
    """See `size`."""

    of: Reduction

    def __call__(self, rows: pd.DataFrame) -> float:
        return abs(self.of(rows))

    def fixed(self, population: pd.DataFrame) -> Size:
        """Fix what it is the size of."""
        return replace(self, of=self.of.fixed(population))


@dataclass(frozen=True, kw_only=True)
class EveryRow:
    """A plain function of a seed's rows, taken to read all of them: any failed row makes the seed failed."""

    function: Callable[[pd.DataFrame], float]

    def __call__(self, rows: pd.DataFrame) -> float:
        if rows.empty:
            raise CannotReduce("data_missing", "no row of the population")
        return float(self.function(rows)) if usable(rows) else math.nan

    def fixed(self, _population: pd.DataFrame) -> EveryRow:
        """Nothing to fix."""
        return self


Reduction = Single | Contrast | Trend | Association | Hump | Minus | Size | EveryRow


def labels_read(reduction: Reduction) -> set[str] | None:
    """Return the labels of the measures that a reduction reads, once it is fixed; None for all there are."""
    if isinstance(reduction, EveryRow):
        return None
    if isinstance(reduction, Size):
        return labels_read(reduction.of)
    if isinstance(reduction, Minus):
        sides = [labels_read(side) for side in (reduction.left, reduction.right)]
        return None if None in sides else set().union(*(side for side in sides if side is not None))
    numbers = (reduction.x, reduction.y) if isinstance(reduction, Association) else (reduction.number,)
    return {label for number in numbers for label in number.labels}


def _at_least_two(levels: tuple[Any, ...], factor: str, number: Number) -> tuple[Any, ...]:
    if not levels:
        raise CannotReduce("data_missing", f"no row of {number.measure}, or none that says {factor}")
    if len(levels) < 2:
        raise CannotReduce(
            "data_missing", f"factor {factor!r} has levels {levels} in the population; needs two"
        )
    return levels


def _by_cells(number: Number, rows: pd.DataFrame) -> dict[tuple[str, ...], float] | None:
    """The number of each cell, or None if one failed."""
    hits = number.rows(rows)
    if not usable(hits):
        return None
    cells = [tuple(keys) for keys in hits["cells"]]
    if len(set(cells)) < len(cells):
        twice = [cells.count(keys) > 1 for keys in cells]
        raise CannotReduce(
            "ambiguous_rows", f"several rows of {number.measure} for a cell: {describe(hits[twice])}"
        )
    return dict(zip(cells, hits["value"].astype(float), strict=True))


def _tau(x: list[Any], y: list[float]) -> float:
    pairs = list(combinations(zip(x, y, strict=True), 2))
    return float(sum(np.sign(b[0] - a[0]) * np.sign(b[1] - a[1]) for a, b in pairs) / len(pairs))


def _spearman(x: list[float], y: list[float]) -> float:
    if min(x) == max(x) or min(y) == max(y):
        return 0.0
    from scipy import stats  # takes half a second, and few claims read it

    return float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])
