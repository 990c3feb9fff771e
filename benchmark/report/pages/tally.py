"""On how many data sets and architectures a claim was tried, and how it came out there."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.pages.columns import Column
from benchmark.report.words import wording
from benchmark.report.words.ranking import surprise
from benchmark.report.words.verdict_cell import outcome_of
from benchmark.stats.claim import Claim

own_pictures = "ImageFolder"  # no data set of its own
Place = tuple[str, str]  # a data set, an architecture ("" for any)


@dataclass(frozen=True, kw_only=True)
class Tried:
    """How many data sets and architectures there are of one outcome; `places` names them."""

    outcome: str
    text: str
    n: int
    places: str


def tallies(suite: str, claims: Iterable[Claim], columns: Sequence[Column]) -> dict[str, tuple[Tried, ...]]:
    """Return how every claim of a suite came out where, by its root: the claim of the paper, for all its analogues.

    A pair of data set and architecture counts once; where columns or analogues disagree on it, contradicted goes before
    reproduced, and that before inconclusive. Claims at tuned hyperparameters do not count again.
    """
    by_root: dict[str, list[Claim]] = {}
    for claim in claims:
        if not claim.tuned_of:
            by_root.setdefault(claim.root, []).append(claim)
    return {root: _tally(suite, several, columns) for root, several in by_root.items()}


def _tally(suite: str, claims: Sequence[Claim], columns: Sequence[Column]) -> tuple[Tried, ...]:
    found: dict[Place, str] = {}
    for claim in claims:
        for column in columns:
            verdict = column.verdicts.get(suite, {}).get(claim.id) or {}
            for place in _places(verdict.get("scope") or {}) if outcome_of(verdict) != "not_run" else ():
                found[place] = min(found.get(place, "not_run"), outcome_of(verdict), key=surprise.index)
    can_be = dict.fromkeys(place for claim in claims for place in _places(vars(claim.scope)))
    for data, model in can_be:
        is_tried = any(
            data == tried and model in ("", by) for tried, by in found if found[tried, by] != "not_run"
        )
        if data != own_pictures and not is_tried:
            found[data, model] = "not_run"
    return tuple(
        Tried(
            outcome=outcome,
            text="never tried" if outcome == "not_run" else text,
            n=len(places),
            places=", ".join(f"{data} with {model}" if model else data for data, model in places),
        )
        for outcome, text in wording.outcomes.items()
        if (places := [place for place, how in found.items() if how == outcome])
    )


def _places(scope: Mapping[str, Any]) -> list[Place]:
    return list(itertools.product(scope.get("data") or (), scope.get("models") or ("",)))
