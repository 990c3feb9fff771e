"""A verdict in the little room of a table: on the claims board, in a matrix of definitions, fixed beside tuned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.report.words import wording
from benchmark.report.words.legs import legs_of, shown, texts_of
from benchmark.report.words.numbers import estimate
from benchmark.stats.claim import Claim

order = {outcome: place for place, outcome in enumerate(wording.outcomes)}


@dataclass(frozen=True, kw_only=True)
class VerdictCell:
    """A verdict as texts.

    Attributes:
        outcome, outcome_text: one of four, and in words.
        few_words: why it is not reproduced, where there is room for a few words.
        effect, interval: empty where the verdict has none.
        unit: of the effect.
        legs: of a conjunction, effect, interval and unit of each part; empty for a single number.
        n, n_failed: seeds, and those with a failed cell.
        href: where the verdict is explained; empty for nowhere.
        is_elsewhere: whether it is about other data or models than had run there.
        is_stale: whether the code that made it has changed since.
        sort: by which a column is ordered.
    """

    outcome: str
    outcome_text: str
    few_words: str
    effect: str
    interval: str
    unit: str
    legs: tuple[tuple[str, str, str], ...]
    n: str
    n_failed: int
    href: str
    is_elsewhere: bool
    is_stale: bool
    sort: str

    @property
    def said(self) -> str:
        """Effect and interval in its unit, those of every leg of a conjunction."""
        several = self.legs or ((self.effect, self.interval, self.unit if self.effect else ""),)
        return "; ".join(" ".join(filter(None, one)) for one in several)

    @property
    def is_decided(self) -> bool:
        """Whether records said anything about the claim."""
        return self.outcome != "not_run"


def verdict_cell(
    verdict: Mapping[str, Any], claim: Claim | None = None, *, href: str = "", is_stale: bool = False
) -> VerdictCell:
    """Return a verdict, as `verdicts.json` has it, for a table; its claim gives the legs their units."""
    outcome = outcome_of(verdict)
    reason = str(verdict.get("reason", ""))
    is_decided = outcome != "not_run"
    effect, interval = estimate(*(verdict.get(end) for end in ("effect", "low", "high")))
    legs = legs_of(verdict, claim) if is_decided else ()
    own = shown(verdict, legs)
    return VerdictCell(
        outcome=outcome,
        outcome_text=wording.outcomes[outcome],
        few_words=wording.in_few_words.get(reason, ""),
        effect=effect if is_decided else "",
        interval=interval if is_decided else "",
        unit=own.unit if own else str(verdict.get("unit") or ""),
        legs=texts_of(legs),
        n=str(verdict.get("n", "")) if is_decided else "",
        n_failed=int(verdict.get("n_failed") or 0),
        href=href,
        is_elsewhere=not is_decided and reason == "out_of_scope",
        is_stale=is_stale,
        sort=str(order[outcome]),
    )


def outcome_of(verdict: Mapping[str, Any]) -> str:
    """Return one of the four outcomes; what is none of them is not run."""
    outcome = str(verdict.get("outcome", "not_run"))
    return outcome if outcome in wording.outcomes else "not_run"
