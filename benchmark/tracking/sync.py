"""Brings the store in line with the results: what `lossbench sync` does, and what the live feed missed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmark.results.provenance import read_provenance
from benchmark.store.workspace import Workspace
from benchmark.tracking import frames as tables
from benchmark.tracking import names, studies, views
from benchmark.tracking.attachments import attach_all
from benchmark.tracking.child_run import run_of_cell
from benchmark.tracking.invocation import Invocation
from benchmark.tracking.sync_studies import sync_studies
from benchmark.tracking.tracker import Tracker, failed, finished
from benchmark.tracking.verdicts import describe

found_by = ("records.parquet", "best.json")  # results of a suite have one of them at least


@dataclass(frozen=True, kw_only=True)
class Synced:
    """What was done for one suite: cells or trials written, those already in line, those deleted."""

    suite: str
    kind: str
    n_written: int
    n_kept: int
    n_removed: int


def sync(workspace: Workspace, suites: Sequence[str] = (), *, results: Path | None = None) -> list[Synced]:
    """Bring the store in line with the results of `suites` (of all, when none is named).

    Args:
        workspace: where the store is.
        suites: by name.
        results: folder of the tables, instead of the workspace's.

    Suites without results are left out of the answer.

    Raises:
        TrackingUnavailable: when the store is out of reach; what was written so far is not written twice.
    """
    place = workspace.results if results is None else results
    present = sorted({path.parent.name for name in found_by for path in place.glob(f"*/{name}")})
    chosen = [name for name in suites or present if name in present]
    return [done for name in chosen for done in _sync_suite(workspace, place / name)]


def _sync_suite(workspace: Workspace, folder: Path) -> list[Synced]:
    suite = folder.name
    answer = _read(folder / "best.json")
    done = []
    if answer:
        n_written, n_kept, n_removed = sync_studies(
            workspace.tracking_uri, answer, keep_others=not _is_own(workspace, folder)
        )
        if n_written + n_kept + n_removed:
            counts = {"n_written": n_written, "n_kept": n_kept, "n_removed": n_removed}
            done.append(Synced(suite=suite, kind="trials", **counts))
    if (folder / "records.parquet").exists():
        done.insert(0, _sync_cells(workspace, folder, _space(answer)))
    return done


def _sync_cells(workspace: Workspace, folder: Path, space: Mapping[str, bool]) -> Synced:
    suite, report = folder.name, _report(workspace, folder)
    provenance = read_provenance(folder)
    table = pq.read_table(folder / "records.parquet")
    factors = tables.factors(table)
    run_names = names.run_names(factors)
    invocation = Invocation(provenance)
    tracker = Tracker(workspace.tracking_uri, invocation.head, run_names)
    summaries = provenance.get("cells") or {}
    n_written, keys = 0, dict[str, None]()
    for key, rows in tables.by_cell(table):
        run = run_of_cell(key, run_names[key], rows, summaries.get(key) or {})
        keys |= dict.fromkeys(point[0] for point in run.points)
        n_written += tracker.child(run, invocation.data(factors[key]))
    n_removed = tracker.keep_only(run_names)
    describe(tracker, _read(folder / "verdicts.json"), provenance, report)
    attach_all(tracker, folder, report, tables.csv_files(table, run_names))
    status = failed if (provenance.get("by_status") or {}).get("failed") else finished
    tracker.finish(status, provenance.get("seconds"))
    columns = names.telling(factors.values())
    tracker.set_views(views.tags(invocation=invocation.id, columns=columns, metrics=list(keys), space=space))
    n_kept = len(run_names) - n_written
    return Synced(suite=suite, kind="cells", n_written=n_written, n_kept=n_kept, n_removed=n_removed)


def _space(answer: studies.Answer) -> dict[str, bool]:
    arms = answer.get("studies") or {}
    return {name: is_log for arm in arms for name, is_log in studies.space_of(answer, arm).items()}


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes())) if path.exists() else {}


def _is_own(workspace: Workspace, folder: Path) -> bool:
    return folder.resolve().parent == workspace.results.resolve()


def _report(workspace: Workspace, folder: Path) -> Path | None:
    """Return the page of a suite in the latest report, where there is one; it shows the workspace's own tables."""
    path = workspace.reports / "latest" / f"{folder.name}.html"
    return path if path.exists() and _is_own(workspace, folder) else None
