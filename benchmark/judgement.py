"""From a suite's records to its verdicts, on disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark import records
from benchmark.files import write_atomic
from benchmark.stats.claim import Claim
from benchmark.stats.judge import judge
from benchmark.stats.verdict import RULES_VERSION, Verdict
from benchmark.suite import SuiteFolder

if TYPE_CHECKING:
    import pandas as pd


def judge_suite(folder: SuiteFolder, results: Path) -> list[tuple[Claim, Verdict]]:
    """Decide a suite's claims on `results/<suite>/records.parquet`, and write `verdicts.json` beside it.

    Raises:
        FileNotFoundError: when the suite has no records yet.
        SchemaError: when the table is none of records.
    """
    frame = records.read(results / folder.name / "records.parquet")
    decided = judge_table(frame, folder.claims)
    content = {
        "suite": folder.name,
        "profile": str(frame["profile"].iloc[0]) if len(frame) else "",
        "rules_version": RULES_VERSION,
        "verdicts": {claim.id: described(claim, verdict) for claim, verdict in decided},
    }
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_atomic(results / folder.name / "verdicts.json", text.encode())
    return decided


def judge_table(frame: pd.DataFrame, claims: Sequence[Claim]) -> list[tuple[Claim, Verdict]]:
    """Decide claims on records, whoever made them."""
    return list(zip(claims, judge(frame, claims), strict=True))


def described(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict with what a reader needs of its claim, as plain JSON."""
    facts = {
        "statement": claim.statement,
        "source": claim.source,
        "evidence": claim.evidence,
        "paper_value": claim.paper_value,
        "unit": claim.unit,
        "direction": claim.direction,
        "smallest_effect": claim.smallest_effect,
        "family": claim.family,
        "decidable_in": dataclasses.asdict(claim.scope),
    }
    return {**verdict.as_dict(), **facts}
