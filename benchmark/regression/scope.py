"""Which part of a suite is checked, and which cells of the baseline the suite no longer has."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.regression.differences import Difference, name_of

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.measures.measure import Measure

Factors = Mapping[str, Any]
most_told = 3  # factors in which a cell may differ from another to be named as what became of it


class NothingThere(ValueError):
    """What is to be checked does not exist; the message says what does."""


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

    def wants(self, measure: Measure) -> bool:
        """Tell whether a suite's measure is in it."""
        return self.has_measure(measure.family, measure.label)

    def rows(self, records: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of records that are in it."""
        pairs = records[["factors", "seed"]].drop_duplicates()
        of = {
            (text, seed): self.has_cell(json.loads(text), int(seed))
            for text, seed in pairs.itertuples(index=False)
        }
        cells = [of[pair] for pair in zip(records["factors"], records["seed"], strict=True)]
        inside = records[cells]
        names = zip(inside["measure"], inside["label"], strict=True)
        return inside[[self.has_measure(family, label) for family, label in names]]


def parsed_only(text: str) -> dict[str, str]:
    """Return the factors in `batch_size=8,arm=matched_loss`. Raises `NothingThere` on anything else."""
    chosen = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise NothingThere(f"--only: {part!r} has no factor and value; write --only 'arm=width,width=64'")
        chosen[name.strip()] = value.strip()
    return chosen


def require_something(scope: Scope, expected: pd.DataFrame, suite: str) -> None:
    """Refuse a scope in which the baseline has nothing.

    Raises:
        NothingThere: naming what it has.
    """
    _require_measures(scope, expected, suite)
    tables = [json.loads(text) for text in expected["factors"].unique()]
    for name, text in scope.only.items():
        levels = list(
            dict.fromkeys(str(table[key]) for table in tables if (key := _known(name, table)) in table)
        )
        if not levels:
            names = sorted({name for table in tables for name in table})
            raise NothingThere(f"--only: no cell of {suite} has the factor {name!r}{_near(name, names)}")
        if not any(_is(level, text) for level in levels):
            shown = ", ".join(levels[:12])
            raise NothingThere(
                f"--only: {name}={text} is in no cell of {suite} in the baseline; there: {shown}"
            )
    if scope.rows(expected).empty:
        seeds = sorted(int(seed) for seed in expected["seed"].unique())
        raise NothingThere(
            f"the baseline has no cell of {suite} with all of that; its seeds are {seeds[0]} to {seeds[-1]}"
        )


def _require_measures(scope: Scope, expected: pd.DataFrame, suite: str) -> None:
    labels = dict.fromkeys([*expected["label"].unique(), *expected["measure"].unique()])
    for name in scope.measures:
        if name not in labels:
            raise NothingThere(
                f"--measure: {name!r} is no measure of {suite} in the baseline{_near(name, labels)}"
            )


def gone_cells(
    expected: pd.DataFrame, baseline: pd.DataFrame, present: Mapping[str, Factors], *, suite: str
) -> dict[str, Difference]:
    """Return what to say of the baseline's cells that a suite no longer has, by key.

    Args:
        expected: rows of the baseline that should be there, and
        baseline: all of them, as `numbers` makes them.
        present: factors of the cells that the suite has, by key.
        suite: its name.
    """
    firsts = baseline.drop_duplicates("cells").set_index("cells")
    known = {str(cells).split()[0]: row for cells, row in firsts.iterrows()}
    new = [factors for key, factors in present.items() if key not in known]
    keys = dict.fromkeys(key for cells in expected["cells"].unique() for key in cells.split())
    return {
        key: Difference(
            kind="missing",
            suite=suite,
            cell=name_of(known[key]["name"], known[key]["seed"]),
            seed=int(known[key]["seed"]),
            label="cell",
            expected="there",
            found=became(json.loads(known[key]["factors"]), new),
        )
        for key in keys
        if key not in present and key in known
    }


def became(factors: Factors, others: Iterable[Factors]) -> str:
    """Return what became of a cell that is gone: the cell nearest to it, by what differs."""
    least: list[str] | None = None
    for other in others:
        names = [name for name in {**factors, **other} if factors.get(name) != other.get(name)]
        if least is None or len(names) < len(least):
            least, nearest = names, other
    if least is None or len(least) > most_told:
        return "no longer a cell of the suite"
    return "no longer a cell of the suite; nearest to it: " + ", ".join(
        f"{name} {_text(name, factors)} -> {_text(name, nearest)}" for name in least
    )


def cells_of(records: pd.DataFrame) -> dict[str, tuple[Factors, int]]:
    """Return factors and seed of the cells of a table, by key; a row tells of the first of its cells."""
    firsts = {cells[0]: (text, int(seed)) for cells, text, seed in
              zip(records["cells"], records["factors"], records["seed"], strict=True)}  # fmt: skip
    return {key: (json.loads(text), seed) for key, (text, seed) in firsts.items()}


def _text(name: str, factors: Factors) -> str:
    return "another parent" if name.startswith("start.") else str(factors.get(name))


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
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.4)
    return f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(sorted(known))}"
