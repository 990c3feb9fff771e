"""What `make repro` ends with, on one screen: counts of verdicts, what failed, what changed, where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cli.judge import verdict_files
from benchmark.report.words.wording import outcomes

if TYPE_CHECKING:
    from benchmark.report.pages.columns import Column
    from benchmark.store.workspace import Workspace

most_named = 8  # changes and failures, of each kind, so that all fits on a screen of 40 lines
longest = 118  # characters of a line

Judged = Mapping[str, Mapping[str, Mapping[str, Any]]]  # by suite and claim


def lines(workspace: Workspace) -> Iterator[str]:
    """Yield the lines, at most 40 for at most ten suites; every number is of `results/` or of what is published."""
    judged = verdict_files(workspace)
    if not judged:
        yield "no verdicts yet; next: lossbench run SUITE, then lossbench judge SUITE"
        return
    verdicts = {suite: content["verdicts"] for suite, content in judged.items()}
    yield f"{'':<28}" + "".join(f"{text:>14}" for text in outcomes.values())
    for suite, of_suite in verdicts.items():
        yield f"{suite[:27]:<28}" + _counts(of_suite)
    profiles = {str(content.get("profile", "")) for content in judged.values()}
    if profiles == {"ci"}:
        yield "profile ci: a regression check of the code, not evidence"
    yield from _cut(_failed(workspace, list(judged)))
    yield from _changed(workspace, verdicts)
    yield f"look: {workspace.reports / 'latest' / 'index.html'}; lossbench list verdicts; lossbench ui"


def _counts(verdicts: Mapping[str, Mapping[str, Any]]) -> str:
    """Return counts of the claims that these data and models can decide."""
    counts = Counter(str(verdict["outcome"]) for verdict in _here(verdicts))
    return "".join(f"{counts[name]:>14}" for name in outcomes)


def _here(verdicts: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the verdicts on claims that the data and models here can decide."""
    return [verdict for verdict in verdicts.values() if verdict.get("reason") != "out_of_scope"]


def _failed(workspace: Workspace, suites: list[str]) -> Iterator[str]:
    from benchmark.results.provenance import read_provenance

    for suite in suites:
        try:
            cells = read_provenance(workspace.results / suite).get("cells") or {}
        except (OSError, ValueError):
            continue
        for key, cell in cells.items():
            if cell.get("status", "done") != "done":
                status, name = cell["status"].replace("_", " "), cell.get("name") or key[:12]
                yield f"{suite}: {status}: {name}: {cell.get('reason', '')}"


def _changed(workspace: Workspace, verdicts: Judged) -> Iterator[str]:
    """Yield what came out differently from the published baseline, by the rule of the report."""
    from benchmark.report.pages.changes import changes, other_settings
    from benchmark.results.published import baseline, published

    before = next((one for one in published(workspace) if one.name == baseline), None)
    if before is None:
        yield "there is no published baseline to compare with"
        return
    now = _column("latest", verdicts, {suite: workspace.results / suite for suite in verdicts})
    old = _column(
        baseline, before.verdicts, {suite: before.path / "results" / suite for suite in before.verdicts}
    )
    found = [
        f"  {one.id}: {one.before.outcome_text} -> {one.now.outcome_text}{f' ({one.cause})' if one.cause else ''}"
        for one in changes(now, old)
    ]
    yield f"against {baseline}: {len(found)} of {sum(len(_here(of)) for of in verdicts.values())} verdicts changed"
    yield from _cut(iter(found))
    for suite, names in other_settings(now, old).items():
        yield f"  {suite} is not compared: other settings ({', '.join(names)})"[:longest]


def _column(name: str, verdicts: Judged, folders: Mapping[str, Path]) -> Column:
    from benchmark.report.pages.columns import Column
    from benchmark.report.words.origin import origin_of
    from benchmark.results.provenance import read_provenance

    origins = []
    for suite, folder in folders.items():
        try:
            facts = read_provenance(folder)
        except (OSError, ValueError):
            facts = {}
        origins.append(origin_of(suite, facts, verdicts[suite], platform={}, models=()))
    return Column(
        name=name, anchor="", href="", origins=tuple(origins), verdicts=verdicts, is_checked=True, gate="",
        link=lambda suite, claim: "",
    )  # fmt: skip


def _cut(several: Iterator[str]) -> Iterator[str]:
    """Yield at most so many lines, none wider than a terminal, and how many there are more."""
    found = [" ".join(one.split()) if not one.startswith(" ") else one for one in several]
    for one in found[:most_named]:
        yield one if len(one) <= longest else f"{one[: longest - 1]}…"
    if len(found) > most_named:
        yield f"  and {len(found) - most_named} more"
