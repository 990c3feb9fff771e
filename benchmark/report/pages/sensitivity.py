"""How much claims depend on hyperparameters: each with the fixed ones beside the same with the tuned ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.report.words.anchors import claim_anchor
from benchmark.report.words.verdict_cell import VerdictCell, verdict_cell
from benchmark.stats.claim import Claim


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A claim with the fixed hyperparameters and with the tuned ones."""

    id: str
    statement: str
    anchor: str
    fixed: VerdictCell
    tuned: VerdictCell


def pairs(claims: Iterable[Claim], verdicts: Mapping[str, Mapping[str, Any]]) -> list[Pair]:
    """Return the claims that were decided both with fixed and with tuned hyperparameters."""
    claims = list(claims)
    known = {claim.id: claim for claim in claims}
    again = {claim.tuned_of: claim.id for claim in claims if claim.id in verdicts}
    both = {fixed: again[fixed] for fixed in verdicts if fixed in again}
    return [
        Pair(
            id=fixed,
            statement=str(verdicts[fixed].get("statement") or ""),
            anchor=claim_anchor(fixed),
            fixed=verdict_cell(verdicts[fixed], known.get(fixed), href=f"#{claim_anchor(fixed)}"),
            tuned=verdict_cell(verdicts[tuned], known.get(tuned), href=f"#{claim_anchor(tuned)}"),
        )
        for fixed, tuned in both.items()
        if any(verdicts[name].get("outcome") != "not_run" for name in (fixed, tuned))
    ]
