"""Brings the store in line with the results: what `lossbench sync` does, and what the live feed missed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmark.tracking import tables, verdicts
from benchmark.tracking.entry import cell_entry
from benchmark.tracking.invocation import Invocation
from benchmark.tracking.names import run_names
from benchmark.tracking.tracker import Tracker, failed, finished
from benchmark.workspace import Workspace

pictures = (".svg", ".png")
pages = (".html", ".md", ".js")


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What was done for one suite: cells written, cells already in line, cells deleted."""

    suite: str
    n_written: int
    n_kept: int
    n_removed: int


def sync(workspace: Workspace, suites: Sequence[str] = ()) -> list[Synced]:
    """Bring the store in line with the results of `suites` (of all, when none is named).

    Suites without results are left out of the answer.

    Raises:
        TrackingUnavailable: when the store is out of reach; what was written so far is not written twice.
    """
    present = sorted(path.parent.name for path in workspace.results.glob("*/records.parquet"))
    return [_sync_suite(workspace, name) for name in suites or present if name in present]


def _sync_suite(workspace: Workspace, suite: str) -> Synced:
    folder, report = workspace.results / suite, workspace.reports / "latest"
    provenance = json.loads((folder / "provenance.json").read_bytes())
    table = pq.read_table(folder / "records.parquet")
    factors = tables.factors(table)
    names = run_names(factors)
    tracker = Tracker(workspace.tracking_uri, Invocation(provenance), names)
    summaries = provenance.get("cells") or {}
    n_written = sum(
        tracker.cell(cell_entry(key, names[key], rows, summaries.get(key) or {}), factors[key])
        for key, rows in tables.by_cell(table)
    )
    n_removed = tracker.keep_only(names)
    _describe(tracker, folder / "verdicts.json", provenance, workspace.reports / "latest" / "index.html")
    _attach_texts(tracker, "tables", tables.csv_files(table, names))
    tracker.attach("figures", _figures(report, suite))
    tracker.attach("report", _files(report, pages))
    status = failed if (provenance.get("by_status") or {}).get("failed") else finished
    tracker.finish(status, float(provenance.get("seconds") or 0))
    return Synced(suite=suite, n_written=n_written, n_kept=len(names) - n_written, n_removed=n_removed)


def _describe(tracker: Tracker, path: Path, provenance: Mapping[str, Any], report: Path) -> None:
    judged = json.loads(path.read_bytes())["verdicts"] if path.exists() else {}
    counts = ", ".join(f"{n} {status}" for status, n in sorted((provenance.get("by_status") or {}).items()))
    note = verdicts.note(judged, str(provenance.get("command") or "lossbench"))
    tags = verdicts.tags(judged) | {"cells": counts, "mlflow.note.content": note}
    tags |= {"report": str(report)} if report.exists() else {}
    tracker.describe(verdicts.metrics(judged), tags, owned=verdicts.prefix)


def _attach_texts(tracker: Tracker, folder: str, texts: Mapping[str, str]) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        paths = {name: Path(temporary, name) for name in texts}
        for name, path in paths.items():
            path.write_text(texts[name])
        tracker.attach(folder, paths)


def _files(folder: Path, suffixes: tuple[str, ...]) -> dict[str, Path]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in suffixes)
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _figures(report: Path, suite: str) -> dict[str, Path]:
    """Return the pictures of one suite: a part of their path begins with its name."""
    every = _files(report, pictures)
    return {name: path for name, path in every.items() if any(p.startswith(suite) for p in Path(name).parts)}
