"""The claims board as rows of a CSV file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmark.report.pages.columns import Column


def board_rows(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return a row for every claim in every column that has a verdict on it."""
    return [
        {"suite": suite, "claim": claim, "column": column.name, **_facts(column, suite),
         **{name: verdict.get(name) for name in
            ("outcome", "reason", "effect", "low", "high", "unit", "p_adjusted", "n", "n_failed")}}
        for column in columns for suite, verdicts in column.verdicts.items()
        for claim, verdict in verdicts.items()
    ]  # fmt: skip


def _facts(column: Column, suite: str) -> dict[str, Any]:
    origin = next((origin for origin in column.origins if origin.suite == suite), None)
    names = ("profile", "hardware", "date", "commit")
    return {
        **{name: getattr(origin, name, "") for name in names},
        "published": column.made,
        "stale": "; ".join(column.stale.get(suite, ())),
        "platform_checked": column.is_checked,
    }
