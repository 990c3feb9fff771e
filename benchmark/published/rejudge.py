"""Decide frozen records again, and hold the verdicts against those that were frozen with them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.results.judgement import described, judge_table, matrices
from benchmark.stats.verdict import RULES_VERSION
from benchmark.suite.folder import SuiteFolder

if TYPE_CHECKING:
    import pandas as pd

Content = Mapping[str, Any]  # of a verdicts.json
decided = ("outcome", "reason", "effect", "low", "high", "p_value", "p_adjusted", "n", "n_failed", "n_needed")
asked = (
    "statement",
    "source",
    "paper_value",
    "unit",
    "direction",
    "smallest_effect",
    "family",
    "confirmatory",
)
close = 1e-9  # share by which a number may differ: other versions of scipy round otherwise


@dataclass(frozen=True, kw_only=True)
class Change:
    """A claim whose verdict is another than the frozen one.

    Attributes:
        claim: its id.
        old, new: the verdicts in words; "" for a claim that was not there, or is no longer.
        edits: what of the claim itself is no longer as it was frozen.
    """

    claim: str
    old: str
    new: str
    edits: tuple[str, ...] = ()


def rejudged(frame: pd.DataFrame, folder: SuiteFolder) -> Content:
    """Return what verdicts.json would say of these records, by the present claims and rule."""
    verdicts = judge_table(frame, folder.claims)
    return {
        "rules_version": RULES_VERSION,
        "verdicts": {claim.id: described(claim, verdict) for claim, verdict in verdicts},
        "matrices": matrices(frame, folder),
    }


def differing(frozen: Content, now: Content) -> Iterator[Change]:
    """Yield the claims, and the cells of definition matrices, on which two sets of verdicts differ."""
    rules = [frozen.get("rules_version"), now["rules_version"]]
    edits = [] if rules[0] == rules[1] else [f"rules version {rules[0]} -> {rules[1]}"]
    yield from _changes(frozen.get("verdicts", {}), now["verdicts"], edits=edits)
    if "matrices" in frozen:  # else it was frozen before there were any
        yield from _changes(dict(_cells(frozen["matrices"])), dict(_cells(now["matrices"])), edits=edits)


def _changes(then: Content, today: Content, *, edits: list[str]) -> Iterator[Change]:
    for name in dict.fromkeys([*then, *today]):
        old, new = then.get(name), today.get(name)
        if old is None and new is not None and new["outcome"] == "not_run":
            continue  # a later claim about other data or arms
        if old is None or new is None:
            own = ["it is new" if old is None else "it is no longer there"]
        elif _same(old, new):
            continue
        else:
            own = [
                f"{fact}: {old.get(fact)} -> {new.get(fact)}"
                for fact in asked
                if old.get(fact) != new.get(fact)
            ]
        yield Change(claim=name, old=in_words(old), new=in_words(new), edits=(*edits, *own))


def _cells(matrices_of: Mapping[str, Any]) -> Iterator[tuple[str, Content]]:
    for claim, matrix in matrices_of.items():
        for row, cells in matrix["cells"].items():
            for column, cell in cells.items():
                yield f"{claim} [{row}; {column}]", cell


def in_words(verdict: Mapping[str, Any] | None) -> str:
    """Return outcome, reason and effect in a line."""
    if verdict is None:
        return ""
    text = f"{verdict['outcome']} ({verdict['reason']})"
    if verdict.get("effect") is None:
        return text
    low, high = ("?" if verdict[name] is None else f"{verdict[name]:.4g}" for name in ("low", "high"))
    return f"{text} {verdict['effect']:.4g} [{low}, {high}] {verdict.get('unit', '')}, n = {verdict['n']}"


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return all(_equal(old.get(fact), new.get(fact)) for fact in decided)


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=close, abs_tol=1e-15)
    return bool(old == new)
