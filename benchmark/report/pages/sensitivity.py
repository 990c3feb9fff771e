"""How much claims depend on hyperparameters: each with the fixed ones beside the same with the tuned ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.report.figures.shows import of_tuned
from benchmark.report.words.anchors import claim_anchor
from benchmark.report.words.verdict_cell import VerdictCell, verdict_cell


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A claim with the fixed hyperparameters and with the tuned ones."""

    id: str
    statement: str
    anchor: str
    fixed: VerdictCell
    tuned: VerdictCell


def pairs(verdicts: Mapping[str, Mapping[str, Any]]) -> list[Pair]:
    """Return the claims that were decided both with fixed and with tuned hyperparameters."""
    both = [claim for claim in verdicts if f"{claim}{of_tuned}" in verdicts]
    return [
        Pair(
            id=claim,
            statement=str(verdicts[claim].get("statement") or ""),
            anchor=claim_anchor(claim),
            fixed=verdict_cell(verdicts[claim], href=f"#{claim_anchor(claim)}"),
            tuned=verdict_cell(verdicts[claim + of_tuned], href=f"#{claim_anchor(claim + of_tuned)}"),
        )
        for claim in both
        if any(verdicts[name].get("outcome") != "not_run" for name in (claim, claim + of_tuned))
    ]
