"""From a suite's records to its verdicts, on disk."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.results import records
from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.matrix import Cells, DefinitionMatrix, judge_matrices, n_judged
from benchmark.stats.verdict import RULES_VERSION, Verdict
from benchmark.store.files import write_atomic
from benchmark.suite.folder import SuiteFolder

if TYPE_CHECKING:
    import pandas as pd

in_cells = ("outcome", "reason", "effect", "low", "high", "p_value", "n", "n_failed")  # of a matrix


def judge_suite(folder: SuiteFolder, results: Path) -> list[tuple[Claim, Verdict]]:
    """Decide a suite's claims on `results/<suite>/records.parquet`, and write `verdicts.json` beside it.

    Beside the verdicts it holds the matrices of definitions; one of which no cell could be judged is left out.

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
        "matrices": matrices(frame, folder),
    }
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    write_atomic(results / folder.name / "verdicts.json", text.encode())
    return decided


def judge_table(frame: pd.DataFrame, claims: Sequence[Claim]) -> list[tuple[Claim, Verdict]]:
    """Decide the claims of a suite on its records."""
    return list(zip(claims, judge(frame, claims), strict=True))


def matrices(frame: pd.DataFrame, folder: SuiteFolder) -> dict[str, Any]:
    """Return a suite's matrices of definitions as plain JSON, by claim: rows, columns, and a verdict in each cell."""
    found = judge_matrices(frame, folder.claims, folder.definitions)
    return {
        matrix.claim: _table(matrix, found[matrix.claim])
        for matrix in folder.definitions
        if n_judged(found[matrix.claim])
    }


def _table(matrix: DefinitionMatrix, cells: Cells) -> dict[str, Any]:
    return {
        "rows": list(matrix.rows),
        "columns": list(matrix.columns),
        "cells": {
            row: {
                column: {**{name: getattr(verdict, name) for name in in_cells}, "unit": legs[0].unit}
                for column, verdict in cells[row].items()
            }
            for row, legs in matrix.rows.items()
        },
    }


def described(claim: Claim, verdict: Verdict) -> dict[str, Any]:
    """Return a verdict with what a reader needs of its claim, as plain JSON."""
    facts = {
        "statement": claim.statement,
        "source": claim.source,
        "evidence": claim.evidence,
        "paper_value": claim.paper_value,
        "unit": claim.unit,
        "direction": claim.leg.direction,
        "smallest_effect": claim.leg.smallest_effect,
        "family": claim.family,
        "decidable_in": dataclasses.asdict(claim.scope),
    }
    return {**verdict.as_dict(), **facts}
