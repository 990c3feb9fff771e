"""What came out differently from what was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.pages.columns import Column, latest
from benchmark.report.words.verdict_cell import VerdictCell, outcome_of, verdict_cell
from benchmark.results.published import baseline


@dataclass(frozen=True, kw_only=True)
class Change:
    """A claim that came out differently from what it was compared with, on the same data and models."""

    id: str
    statement: str
    href: str
    before: VerdictCell
    now: VerdictCell


def reference_of(columns: Sequence[Column]) -> Column | None:
    """Return what the latest is compared with: the baseline, else what was published last with the same profile."""
    if not columns or columns[0].name != latest:
        return None
    others = [
        column
        for column in columns[1:]
        if column.name == baseline or column.words("profile") == columns[0].words("profile")
    ]
    return max(others, key=lambda column: (column.name == baseline, column.made, column.name), default=None)


def changes(now: Column, before: Column) -> Iterator[Change]:
    """Yield the claims that the same data and models decided otherwise before."""
    for suite, verdicts in now.verdicts.items():
        for claim, verdict in verdicts.items():
            old = before.verdicts.get(suite, {}).get(claim)
            if old is None or outcome_of(old) == outcome_of(verdict) or not _same_scope(old, verdict):
                continue
            yield Change(
                id=claim,
                statement=str(verdict.get("statement") or ""),
                href=now.link(suite, claim),
                before=verdict_cell(old, href=before.link(suite, claim)),
                now=verdict_cell(verdict, href=now.link(suite, claim)),
            )


def _same_scope(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    scopes = [dict(verdict.get("scope") or {}) for verdict in (one, other)]
    return all(scopes[0].get(part) == scopes[1].get(part) for part in ("data", "models"))
