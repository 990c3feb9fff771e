"""Reading numbers from records: exactly one row per arm and seed, or an error that names the rows."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.verdict import Reason

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("label", "quantity", "index", "seed", "value", "status")
Flags = NDArray[np.bool_]
Aggregate = Literal["mean", "median", "min", "max"]


class CannotReduce(ValueError):
    """Records that do not hold what a claim reads; `reason` becomes the reason of its verdict."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason: Reason = reason


@dataclass(frozen=True, kw_only=True)
class Number:
    """Which number of the records is meant.

    Attributes:
        measure: label, as in the records ("sam_sharpness[rho=0.1]"); or family, with `options` to tell its
            labels apart where there are several.
        options: option -> value, among all options of the family, those at their default included.
        quantity: None for a measure with only one.
        index: coordinates of a point of a curve; None for a measure with only one.
        where: factor -> value, tuple of values, or "min" or "max" of those present, as for arms.
        aggregate: how several rows of one arm and seed become one number; None: several rows are an error.

    >>> import pandas as pd
    >>> from benchmark.stats.number import Number
    >>> seed = pd.DataFrame({"label": "trace", "quantity": "value", "index": "", "seed": 0, "status": "done",
    ...                      "width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> Number(measure="trace").read(seed, {"width": 2})
    4.0
    >>> Number(measure="trace", where={"width": (1, 2)}, aggregate="mean").read(seed)
    6.0
    >>> Number(measure="trace").read(seed)
    Traceback (most recent call last):
    benchmark.stats.number.CannotReduce: 3 rows of trace where one is compared: ...
    """

    measure: str
    options: Mapping[str, Any] = field(default_factory=dict)
    quantity: str | None = None
    index: Mapping[str, float] | None = None
    where: Mapping[str, Any] = field(default_factory=dict)
    aggregate: Aggregate | None = None
    labels: tuple[str, ...] = ()  # filled in by `fixed`
    positive: bool = False  # whether the records declare it so; filled in by `for_ratios`

    def fixed(self, population: pd.DataFrame) -> Number:
        """Settle labels, and "min" and "max" in `where`, on the records of all seeds, so that no seed means others."""
        ends = {factor: wanted for factor, wanted in self.where.items() if wanted in ("min", "max")}
        others = {factor: wanted for factor, wanted in self.where.items() if factor not in ends}
        settled = replace(self, labels=self._labels(population), where=others)
        found = {factor: settled._end(population, factor, end) for factor, end in ends.items()}
        return replace(settled, where={**others, **found})

    def rows(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The rows of this number; a row that says why a measure has none stands for all its numbers."""
        return frame[self._chosen(frame, {})]

    def _chosen(self, frame: pd.DataFrame, at: Mapping[str, Any]) -> Flags:
        chosen = _among(frame, "label", self.labels or self._labels(frame))
        if self.quantity is not None:
            chosen = chosen & (_among(frame, "quantity", [self.quantity]) | _absent(frame))
        if self.index is not None:
            texts = frame["index"][chosen].unique()
            same = [text for text in texts if text and json.loads(text) == dict(self.index)]
            chosen = chosen & (_among(frame, "index", same) | _absent(frame))
        return chosen & matching(frame, {**self.where, **at})

    def read(self, rows: pd.DataFrame, at: Mapping[str, Any] | None = None) -> float:
        """The number of one arm in the rows of one seed; NaN if a cell failed or the number is not finite.

        Raises:
            CannotReduce: data_missing if there is no row, ambiguous_rows if several and no aggregate.
        """
        chosen = self._chosen(rows, at or {})
        values = _values(rows)[chosen]
        if not len(values):
            raise CannotReduce("data_missing", f"no row of {self._named(at)}")
        if not usable_rows(rows)[chosen].all():
            return math.nan
        if self.aggregate is not None:
            import pandas as pd

            return float(pd.Series(values).agg(self.aggregate))
        if len(values) > 1:
            raise CannotReduce(
                "ambiguous_rows",
                f"{len(values)} rows of {self._named(at)} where one is compared: {describe(rows[chosen])}; "
                "narrow the claim's population or `where`, or say how to aggregate",
            )
        return float(values[0])

    def read_log(self, rows: pd.DataFrame, at: Mapping[str, Any] | None = None) -> float:
        """The natural logarithm of `read`; NaN also where a measure that is declared positive is not.

        A number that breaks its declaration has no ratio, and its seed failed; leaving the whole claim out for it
        would judge survivors only.

        Raises:
            CannotReduce: as `read`; and not_positive if it is not, and the records declare nothing.
        """
        number = self.read(rows, at)
        if math.isnan(number) or number > 0:
            return math.log(number)
        if self.positive:
            return math.nan
        raise CannotReduce(
            "not_positive",
            f"{self._named(at)} is {number}; use a difference, or a measure declared positive",
        )

    def levels(self, population: pd.DataFrame, factor: str) -> tuple[Any, ...]:
        """The values of a factor over all seeds, in order, failed cells included."""
        return tuple(sorted(column(self.rows(population), factor).dropna().unique().tolist()))

    def _end(self, population: pd.DataFrame, factor: str, end: str) -> Any:
        levels = self.levels(population, factor)
        if not levels:
            raise CannotReduce("data_missing", f"no row of {self._named(None)} says {factor}")
        return levels[0 if end == "min" else -1]

    def for_ratios(self, population: pd.DataFrame) -> Number:
        """Settle whether the records declare the number positive; refuse it if they declare that it is not.

        Raises:
            CannotReduce: not_positive.
        """
        declared = "positive" in population.columns
        if declared and not self.rows(population)["positive"].all():
            raise CannotReduce(
                "not_positive", f"{self.measure} is not declared positive; compare differences, not ratios"
            )
        return replace(self, positive=declared)

    def _labels(self, frame: pd.DataFrame) -> tuple[str, ...]:
        if not self.options and (frame["label"] == self.measure).any():
            return (self.measure,)
        rows = frame[column(frame, "measure") == self.measure]
        if self.options:
            texts = column(rows, "options").unique()
            fitting = [text for text in texts if _fits(json.loads(text or "{}"), self.options)]
            rows = rows[rows["options"].isin(fitting)]
        return tuple(sorted(rows["label"].unique()))

    def _named(self, at: Mapping[str, Any] | None) -> str:
        asked = {**self.options, "quantity": self.quantity, "index": self.index, **self.where, **(at or {})}
        details = [f"{name}={value}" for name, value in asked.items() if value is not None]
        return " at ".join([self.measure, ", ".join(details)]) if details else self.measure


def _absent(rows: pd.DataFrame) -> Flags:
    return ~_done(rows) & np.isnan(_values(rows))


def _values(rows: pd.DataFrame) -> NDArray[np.float64]:
    return rows["value"].to_numpy(dtype=float)


def _done(rows: pd.DataFrame) -> Flags:
    return _among(rows, "status", ["done"])


def _among(rows: pd.DataFrame, name: str, texts: Sequence[str]) -> Flags:
    """Which rows have one of the texts in a column; by NumPy, for pandas is slow where rows are few."""
    found, chosen = (
        cast(Any, rows[name]).to_numpy(dtype=object, na_value=None),
        np.zeros(len(rows), dtype=bool),
    )
    for text in texts:
        chosen |= found == text
    return chosen


def _fits(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(found.get(name, value) == value for name, value in wanted.items())


def usable(rows: pd.DataFrame) -> bool:
    """Whether every row is done and finite."""
    return bool(usable_rows(rows).all())


def usable_rows(rows: pd.DataFrame) -> Flags:
    """Which rows are done and finite."""
    return _done(rows) & np.isfinite(_values(rows))


def select(frame: pd.DataFrame, where: Mapping[str, Any]) -> pd.DataFrame:
    """Rows whose factors have the given values (a tuple or list: one of them).

    >>> import pandas as pd
    >>> from benchmark.stats.number import select
    >>> frame = pd.DataFrame({"width": [1, 2, 4], "value": [8.0, 4.0, 1.0]})
    >>> select(frame, {"width": (1, 2)})["value"].tolist()
    [8.0, 4.0]
    """
    return frame[matching(frame, where)] if where else frame


def matching(frame: pd.DataFrame, where: Mapping[str, Any]) -> Flags:
    """Which rows `select` takes. A cell that several arms share is of each of them (column `also_in`)."""
    chosen = np.ones(len(frame), dtype=bool)
    for factor, wanted in where.items():
        values = list(wanted if isinstance(wanted, tuple | list | set | frozenset | range) else [wanted])
        fits = column(frame, factor).isin(values).to_numpy(dtype=bool)
        if factor == "arm" and "also_in" in frame.columns:
            fits = fits | _shared_with(frame["also_in"], set(values))
        chosen = chosen & fits
    return chosen


def _shared_with(also_in: pd.Series[Any], arms: set[Any]) -> Flags:
    """Which rows are of cells that an arm of another name has, too; a text of names apart by commas."""
    names = also_in.map(lambda text: set(text.split(", ")) if isinstance(text, str) else set())
    return np.array([bool(arms & of_row) for of_row in names], dtype=bool)


def column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """A column, or an error that names the nearest one.

    Raises:
        CannotReduce: data_missing.
    """
    if name in frame.columns:
        return frame[name]
    near = difflib.get_close_matches(name, [str(known) for known in frame.columns], n=1)
    names = ", ".join(sorted(str(known) for known in frame.columns if "." not in str(known)))
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {names}"
    if name == "tuned":
        hint = (
            ", so no network of a tuned arm: lossbench sweep, with the options of the run, and then run again"
        )
    raise CannotReduce("data_missing", f"the records have no column {name!r}{hint}")


def describe(rows: pd.DataFrame, most: int = 4) -> str:
    """Name rows by the columns in which they differ; factors are columns of their own, beside all of them as text."""
    left_out = ("value", "standard_error", "seconds", "cells", "factors")
    differing = [name for name in rows.columns if name not in left_out and rows[name].map(str).nunique() > 1]
    if not differing:
        return "they differ in no column but the value, so that one is there twice"
    named = [
        "(" + ", ".join(f"{n}={row[n]}" for n in differing) + ")" for _, row in rows.head(most).iterrows()
    ]
    return "; ".join(named) + ("; ..." if len(rows) > most else "")
