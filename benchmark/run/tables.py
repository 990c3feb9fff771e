"""The tables that a run leaves: records, arrays, and how they came to be."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from benchmark.results import records
from benchmark.results.provenance import device, git_state, machine, versions, write_provenance
from benchmark.run.bench import Bench
from benchmark.run.collect import Collector
from benchmark.run.run_state import RunState
from benchmark.store.files import sweep
from benchmark.suite.code import code_of_run
from benchmark.suite.plan import Plan, config_to_json


def write_tables(folder: Path, run: RunState, head: Mapping[str, Any]) -> None:
    """Write records, arrays and provenance; what was there before is replaced."""
    collector = Collector(run.plan, run.bench, run.failures, alive=run.announcer.tick)
    rows = list(collector.rows())
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(
        folder.with_name(f".{folder.name}.lock")
    ):  # another run of the suite may end at the same time
        sweep(folder)
        _write_arrays(folder / "arrays", collector)
        records.write(folder / "records.parquet", rows)
        write_provenance(folder, _provenance(run, head))


def _write_arrays(folder: Path, collector: Collector) -> None:
    """Put all arrays into a new folder, then let it take the place of the old one."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    for name, data in collector.arrays():
        (fresh / name).write_bytes(data)
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def head_of(plan: Plan, bench: Bench, root: Path, command: str) -> dict[str, Any]:
    """Return what is known of a run's provenance when it begins.

    `code` is one hash over the code of every cell and measure: runs that ask for the same thing of the same code
    are one in the tracking store, whatever else was committed between them.
    """
    return {
        "suite": plan.suite.name,
        "question": plan.suite.question,
        "profile": plan.profile,
        "config": config_to_json(plan.config),
        "command": command,
        "code": code_of_run(plan, bench.numerics),
        "git": git_state(root),
        "versions": versions(),
        "device": device(bench.device),
        "machine": machine(),
        "numerics": dict(bench.numerics),
        "data": _data_of(plan),
        "started": time.time(),
    }


def _provenance(run: RunState, head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **head,
        "seconds": time.time() - head["started"],
        "n_cells": len(run.plan.cells),
        "by_status": run.by_status(),
        "cells": {cell.key: run.summary(cell) for cell in run.plan.cells},
    }


def _data_of(plan: Plan) -> dict[str, Any]:
    """Return what is known of the plan's data sets, by name: digest, source, classes, counts."""
    from benchmark.cells.data.manifest import read_manifest

    found: dict[str, Any] = {}
    for cell in plan.cells:
        name = getattr(cell.data, "name", type(cell.data).__name__)
        digest = getattr(cell.data, "digest", None)
        if name not in found:
            source = getattr(cell.data, "source", "")
            found[name] = {"kind": type(cell.data).__name__, "digest": digest, "source": source}
            if digest is not None:
                manifest = read_manifest(name)
                found[name] |= {
                    "source": manifest.source,
                    "classes": manifest.classes,
                    "counts": manifest.counts,
                }
    return found
