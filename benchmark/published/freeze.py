"""Freeze the latest report: pages, records and verdicts under a name, with the hash of every file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.published.rejudge import differing, rejudged
from benchmark.report.pages import clocks
from benchmark.results import records
from benchmark.results.provenance import git_state, read_provenance
from benchmark.results.published import baseline, hashes, joint_platform, manifest_name
from benchmark.store.files import write_atomic
from benchmark.store.workspace import Workspace
from benchmark.suite.code import changes, code_of_suite, plan_again
from benchmark.suite.folder import SuiteFolder

if TYPE_CHECKING:
    import pandas as pd

script = "plotly.min.js"  # 5 MB in every published folder; its page shows the contours and says why
left_out = (script, clocks.script_name, "*_records.csv")  # the pages and tables hold what the latter two do
tables = ("records.parquet", "verdicts.json", "provenance.json", "invocation.json", "best.json", "twins.json")
baseline_profile = "ci"
baseline_seeds = 10  # twice the five that a check computes


class CannotPublish(ValueError):
    """There is nothing to publish, the name is taken, or something was not declared; told all at once."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What whoever publishes says of it.

    Attributes:
        why: what it is good for.
        allowed_failures: networks and measures that may have failed.
        allow_dirty: whether the tree may differ from its commit.
    """

    why: str
    allowed_failures: int = 0
    allow_dirty: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """The results of one suite that are to be published."""

    folder: Path
    frame: pd.DataFrame
    provenance: Mapping[str, Any]
    suite: SuiteFolder | None

    @property
    def name(self) -> str:
        """Name of the suite."""
        return self.folder.name


def publish(
    workspace: Workspace, suites: Mapping[str, SuiteFolder], name: str, *, declared: Declared
) -> Path:
    """Copy reports/latest with the tables it was made from to reports/<name>, which no run ever touches.

    What stands beside the latest pages of when and how the runs went, stands in the published ones. Left out are the
    records as CSV, whose links lead to the parquet tables instead, and the script that turns surfaces: copy
    plotly.min.js of any report beside the pages to have it.

    Returns:
        The new folder. Its `published.json` holds what was declared, which code made it, and the SHA-256 of every
        other file.

    Raises:
        CannotPublish: with every reason why not.
    """
    target = workspace.reports / name
    _check_place(workspace, target)
    found = [_table(path.parent, suites) for path in sorted(workspace.results.glob("*/records.parquet"))]
    if not found:
        raise CannotPublish(
            f"{workspace.results} holds no records to publish; run first: lossbench run SUITE"
        )
    git = git_state(workspace.root)
    problems = list(_problems(workspace, found, declared=declared, is_dirty=bool(git["dirty"])))
    problems += _problems_of_a_baseline(found, suites) if name == baseline else []
    if problems:
        raise CannotPublish("\n".join([f"{name} is not published:", *problems]))
    draft = workspace.reports / f".{name}.draft"
    _copy(workspace.reports / "latest", found, draft)
    manifest = {
        "name": name,
        "why": declared.why,
        "made": datetime.now(UTC).date().isoformat(),
        "allowed_failures": declared.allowed_failures,
        "git": git,
        "code": {
            one.name: code_of_suite(plan_again(one.suite, one.provenance)) for one in found if one.suite
        },
        "platform": joint_platform(one.provenance for one in found),
        "gate": _gate(workspace, joint_platform(one.provenance for one in found)),
        "files": hashes(draft),
    }
    write_atomic(draft / manifest_name, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    return draft.rename(target)


def n_failed(frame: pd.DataFrame) -> int:
    """Return how many networks failed, and measures on networks that did not."""
    failed = frame.loc[frame["status"] == "failed", ["measure", "label", "cells"]]
    rows = list(failed.itertuples(index=False, name=None))
    networks = {keys[0] for measure, _, keys in rows if measure == "history"}
    return len(networks) + len({(label, *keys) for _, label, keys in rows if networks.isdisjoint(keys)})


def _check_place(workspace: Workspace, target: Path) -> None:
    page = workspace.reports / "latest" / "index.html"
    if not page.is_file():
        raise CannotPublish(f"there is no {page}; make it first: lossbench report")
    if target.exists():
        replace = f"; a new baseline takes its place after: git rm -r {target.relative_to(workspace.root)}"
        raise CannotPublish(
            f"{target} exists, and what is published stays"
            + (replace if target.name == baseline else "; choose another name")
        )


def _table(folder: Path, suites: Mapping[str, SuiteFolder]) -> Table:
    try:
        provenance = read_provenance(folder)
    except (OSError, ValueError) as error:
        raise CannotPublish(
            f"{folder / 'provenance.json'} cannot be read ({error}); write it anew: lossbench run {folder.name}"
        ) from error
    frame = records.read(folder / "records.parquet")
    return Table(folder=folder, frame=frame, provenance=provenance, suite=suites.get(folder.name))


def _problems(
    workspace: Workspace, found: list[Table], *, declared: Declared, is_dirty: bool
) -> Iterator[str]:
    failed = {one.name: n_failed(one.frame) for one in found}
    if sum(failed.values()) > declared.allowed_failures:
        counts = ", ".join(f"{count} in {name}" for name, count in failed.items() if count)
        yield (
            f"{sum(failed.values())} networks or measures failed ({counts}), and {declared.allowed_failures} are "
            f"allowed; run them again, or declare them: --allow-failed {sum(failed.values())}"
        )
    if is_dirty and not declared.allow_dirty:
        yield "the working tree differs from its commit; commit first, or declare it: --allow-dirty"
    page = workspace.reports / "latest" / "index.html"
    known = clocks.read(page.with_name(clocks.script_name))
    pages = page.parent.glob("*.html")
    if any(clocks.unfilled(one.read_text(encoding="utf-8"), known) for one in pages):
        yield "the report does not know how all of its runs went; make it again: lossbench report"
    for one in found:
        if not clocks.is_known(one.provenance):
            yield (
                f"{one.name}: its tables came out of DVC's cache, and no commit or time is known of their run; write "
                f"them anew, which computes nothing twice: lossbench run {one.name} && lossbench report"
            )
        if one.suite:
            yield from _problems_of_a_suite(one, one.suite)
        yield from _problems_of_a_page(workspace, one)


def _problems_of_a_page(workspace: Workspace, one: Table) -> Iterator[str]:
    """Yield why the report is not one of these tables."""
    from benchmark.report.words import csv_files  # pandas, for which `verify` does not wait

    again = f"make it again: lossbench report{f' --results {workspace.tables}' if workspace.tables else ''}"
    page = workspace.reports / "latest" / "index.html"
    shown = page.with_name(f"{one.name}_records.csv")
    if not shown.is_file() or shown.read_bytes() != csv_files.records_csv(records.quick(one.frame)):
        yield f"{one.name}: the report is one of other records than those in {one.folder}; {again}"
    verdicts = one.folder / "verdicts.json"
    if verdicts.is_file() and verdicts.stat().st_mtime > page.stat().st_mtime:
        yield f"{one.name}: its verdicts are younger than the report; {again}"


def _problems_of_a_suite(one: Table, suite: SuiteFolder) -> Iterator[str]:
    """Yield why the numbers of a suite are not what the code here makes, or its verdicts not what they say."""
    changed = changes(suite, one.provenance, None)
    if changed:
        yield (
            f"{one.name}: changed since it ran: {'; '.join(changed)}; run, judge and report again (dvc repro): "
            "what has not changed is in the run store"
        )
    try:
        frozen = json.loads((one.folder / "verdicts.json").read_bytes())
    except (OSError, ValueError):
        yield f"{one.name} has no verdicts that can be read; judge first: lossbench judge {one.name}"
        return
    if any(differing(frozen, rejudged(one.frame, suite))):
        yield f"{one.name}: its verdicts are not those of its records and claims: lossbench judge {one.name}"


def _problems_of_a_baseline(found: list[Table], suites: Mapping[str, SuiteFolder]) -> Iterator[str]:
    missing = sorted(set(suites) - {one.name for one in found})
    if missing:
        yield f"a baseline holds every suite, and {', '.join(missing)} has no records; run it first"
    for one in found:
        profile, n = one.provenance["profile"], one.frame["seed"].nunique()
        if profile != baseline_profile:
            yield f"{one.name}: a baseline is of profile {baseline_profile}, and this is of {profile}"
        if n < baseline_seeds:
            yield f"{one.name}: a baseline has at least {baseline_seeds} seeds, and this has {n}"


def _copy(latest: Path, found: list[Table], draft: Path) -> None:
    from benchmark.report.pages.run_texts import runs_table
    from benchmark.report.words import markdown  # jinja and what draws, for which `verify` does not wait

    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(latest, draft, ignore=shutil.ignore_patterns(*left_out))
    ran = markdown.rows(runs_table({one.name: one.provenance for one in found}))
    texts = clocks.read(latest / clocks.script_name)
    for page in draft.glob("*.html"):
        _rewrite(page, clocks.filled(page.read_text(encoding="utf-8"), texts))
    for page in draft.glob("*.md"):
        _rewrite(page, f"{page.read_text(encoding='utf-8').rstrip()}\n\n{ran}\n")
    for one in found:
        target = draft / "results" / one.name
        target.mkdir(parents=True, exist_ok=True)
        for table in tables:
            if (one.folder / table).is_file():
                shutil.copyfile(one.folder / table, target / table)


def _rewrite(page: Path, text: str) -> None:
    """Write a page whose links to records lead to the tables."""
    page.write_text(re.sub(r"\b(\w+)_records\.csv", r"results/\1/records.parquet", text), encoding="utf-8")


def _gate(workspace: Workspace, platform: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the outcome of the last check of the same cells, if it was on the platform of what is published."""
    try:
        gate = json.loads((workspace.runs / "gate.json").read_bytes())
        return dict(gate) if gate["platform"] == platform else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
