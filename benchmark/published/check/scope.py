"""Which part of a suite is checked."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Factors = Mapping[str, Any]


class CannotCompare(ValueError):
    """There is nothing to compare, or nothing to compare with; the message says what there is, or what to type."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """A part of a suite.

    Attributes:
        seeds: None for all.
        only: factor -> value as text; a factor may be named by its last word (`lr` for `training.lr`).
        measures: labels or families, "history" for trainings; empty for all.
    """

    seeds: frozenset[int] | None = None
    only: Mapping[str, str]
    measures: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all cells of its seeds, and all measures, are in it."""
        return not self.only and not self.measures

    def has_cell(self, factors: Factors, seed: int) -> bool:
        """Tell whether a cell is in it."""
        if self.seeds is not None and seed not in self.seeds:
            return False
        return all(_is(factors.get(_known(name, factors)), text) for name, text in self.only.items())

    def has_measure(self, family: str, label: str) -> bool:
        """Tell whether a measure is in it."""
        return not self.measures or label in self.measures or family in self.measures

    def rows(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of records that are in it."""
        pairs = records[["factors", "seed"]].drop_duplicates().itertuples(index=False)
        of = {(text, seed): self.has_cell(json.loads(text), int(seed)) for text, seed in pairs}
        columns = (records[name] for name in ("factors", "seed", "measure", "label"))
        inside = [
            of[text, seed] and self.has_measure(family, label)
            for text, seed, family, label in zip(*columns, strict=True)
        ]
        return records[inside]


def parsed_only(text: str) -> dict[str, str]:
    """Return the factors in `batch_size=8,arm=matched_loss`. Raises `CannotCompare` on anything else."""
    chosen = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise CannotCompare(
                f"--only: {part!r} has no factor and value; write --only 'arm=width,width=64'"
            )
        chosen[name.strip()] = value.strip()
    return chosen


def require_something(scope: Scope, expected: pd.DataFrame, suite: str) -> None:
    """Refuse a scope in which the baseline has nothing.

    Raises:
        CannotCompare: naming what it has.
    """
    labels = dict.fromkeys([*expected["label"].unique(), *expected["measure"].unique()])
    for name in scope.measures:
        if name not in labels:
            near = _near(name, labels)
            raise CannotCompare(f"--measure: {name!r} is no measure of {suite} in the baseline{near}")
    tables = [json.loads(text) for text in expected["factors"].unique()]
    for name, text in scope.only.items():
        _require_level(name, text, tables, suite)
    if scope.rows(expected).empty:
        seeds = sorted(map(int, expected["seed"].unique()))
        raise CannotCompare(
            f"the baseline has no cell of {suite} with all of that; its seeds are {seeds[0]} to {seeds[-1]}"
        )


def _require_level(name: str, text: str, tables: Iterable[Factors], suite: str) -> None:
    levels = dict.fromkeys(str(table[key]) for table in tables if (key := _known(name, table)) in table)
    if not levels:
        near = _near(name, {name for table in tables for name in table})
        raise CannotCompare(f"--only: no cell of {suite} has the factor {name!r}{near}")
    if not any(_is(level, text) for level in levels):
        there = ", ".join([*levels][:12])
        raise CannotCompare(f"--only: {name}={text} is in no cell of {suite} in the baseline; there: {there}")


def _known(name: str, factors: Collection[str]) -> str:
    """Return the full name of a factor, which may be given by its last word."""
    if name in factors:
        return name
    return next((full for full in factors if full.rpartition(".")[2] == name), name)


def _is(value: Any, text: str) -> bool:
    """Tell whether a factor's value is what someone typed: 0.1 is 1e-1, True is true."""
    if str(value).lower() == text.lower():
        return True
    try:
        return float(value) == float(text)
    except (TypeError, ValueError):
        return False


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, known := list(known), n=1, cutoff=0.4)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
