"""What came out differently from what was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.pages.columns import Column, latest
from benchmark.report.words.origin import differing
from benchmark.report.words.verdict_cell import VerdictCell, outcome_of, verdict_cell
from benchmark.results.published import baseline


@dataclass(frozen=True, kw_only=True)
class Change:
    """A claim that came out differently from what it was compared with, on the same data, models and settings.

    `cause` says in a few words why it is not reproduced now, or was not before.
    """

    id: str
    statement: str
    href: str
    before: VerdictCell
    now: VerdictCell
    cause: str


def reference_of(columns: Sequence[Column]) -> Column | None:
    """Return what the latest is compared with: the baseline, else what was published last with the same profile."""
    now = next((column for column in columns if column.name == latest), None)
    if now is None:
        return None
    others = [
        column
        for column in columns
        if column is not now and (column.name == baseline or column.words("profile") == now.words("profile"))
    ]
    return max(others, key=lambda column: (column.name == baseline, column.made, column.name), default=None)


def changes(now: Column, before: Column) -> Iterator[Change]:
    """Yield the claims that the same data, models and settings decided otherwise before."""
    altered = other_settings(now, before)
    for suite, verdicts in now.verdicts.items():
        if suite in altered:
            continue
        for claim, verdict in verdicts.items():
            old = before.verdicts.get(suite, {}).get(claim)
            if old is None or outcome_of(old) == outcome_of(verdict) or not _same_scope(old, verdict):
                continue
            was, is_now = (
                verdict_cell(one, href=column.link(suite, claim))
                for one, column in ((old, before), (verdict, now))
            )
            yield Change(
                id=claim,
                statement=str(verdict.get("statement") or ""),
                href=now.link(suite, claim),
                before=was,
                now=is_now,
                cause=_cause(was, is_now),
            )


def _cause(was: VerdictCell, is_now: VerdictCell) -> str:
    """Return why the verdicts differ: failed networks where their number changed, and the reason of the rule."""
    failed = (
        f"{is_now.n_failed} of {is_now.n} seeds failed, {was.n_failed} before"
        if is_now.n_failed != was.n_failed
        else ""
    )
    before = f"before: {was.few_words}" if was.few_words else ""
    return "; ".join(filter(None, (failed, is_now.few_words or before)))


def other_settings(now: Column, before: Column) -> dict[str, tuple[str, ...]]:
    """Return by suite the settings in which two columns differ, so that their verdicts are no change."""
    of_old = {origin.suite: origin.settings for origin in before.origins}
    found = {origin.suite: differing(origin.settings, of_old.get(origin.suite, {})) for origin in now.origins}
    return {suite: names for suite, names in found.items() if names}


def _same_scope(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    scopes = [dict(verdict.get("scope") or {}) for verdict in (one, other)]
    return all(scopes[0].get(part) == scopes[1].get(part) for part in ("data", "models"))
