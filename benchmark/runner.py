"""Complete a suite: train what is missing, measure what is missing, collect the tables."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from benchmark import records
from benchmark.collect import Collector, Failures, Row
from benchmark.device import resolve_device
from benchmark.executors import Answer, LocalPool, Task
from benchmark.files import sweep, write_atomic
from benchmark.identity import numerics
from benchmark.measuring import stored, usable
from benchmark.plan import Plan, config_to_json
from benchmark.provenance import device as device_facts
from benchmark.provenance import git_state, machine, versions
from benchmark.spec import Cell
from benchmark.store import Store
from benchmark.train import Bench, entry_of, finished
from benchmark.workspace import Workspace

worker_command = (sys.executable, "-m", "benchmark.worker")
silence = 10.0  # seconds after which something is said although nothing has ended


class Interrupted(Exception):
    """The run was stopped by the user; everything is saved, and the message says how to resume."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened in a run, for whoever shows it.

    Attributes:
        kind: "cell" or "measure" (one was computed), "failed", "note" (a sentence), "heartbeat" (life).
        n_done, n_total: tasks.
        text: what it was.
        seconds_left: estimate; None while nothing is known.
    """

    kind: str
    n_done: int
    n_total: int
    text: str
    seconds_left: float | None = None


class Feed(Protocol):
    """Takes the rows of finished cells while a suite runs; never blocks."""

    def cell(self, rows: list[Row], summary: dict[str, Any]) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended. A cell that failed has a row, and its reason is here."""

    n_cells: int
    by_status: dict[str, int]
    failures: list[tuple[str, str]]
    n_computed: int
    seconds: float
    results: Path


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What a run would do."""

    n_cells: int
    n_trained: int
    n_jobs: int
    n_measured: int
    seconds: float | None
    missing: list[str]


def forecast(plan: Plan, workspace: Workspace, *, device: str, n_workers: int | None = None) -> Forecast:
    """Say what is in the store, what is missing, and about how long that takes; computes nothing."""
    bench = _bench(workspace, device)
    trained = [cell for cell in plan.all_cells if entry_of(cell, bench.store, bench.numerics).done() is not None]
    measured = sum(_is_measured(plan, number, bench) for number in range(len(plan.jobs)))
    missing = [cell for cell in plan.all_cells if cell not in set(trained)]
    share = max(len(missing) / max(1, len(plan.all_cells)), 1 - measured / max(1, len(plan.jobs)))
    per_cell = plan.suite.seconds_per_cell.get(plan.profile)
    workers = n_workers or default_workers(bench.device)
    seconds = None if per_cell is None else share * len(plan.all_cells) * per_cell / workers
    return Forecast(
        n_cells=len(plan.all_cells),
        n_trained=len(trained),
        n_jobs=len(plan.jobs),
        n_measured=measured,
        seconds=seconds,
        missing=[plan.name(cell) for cell in missing],
    )


def complete(
    plan: Plan,
    workspace: Workspace,
    *,
    device: str = "auto",
    n_workers: int | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    feed: Feed | None = None,
    results: Path | None = None,
    command: str = "",
    snapshot_seconds: float = 20.0,
    snapshot_steps: int | None = None,
    worker: Sequence[str] = worker_command,
) -> Outcome:
    """Compute whatever of a plan is missing from the store, then write its tables.

    Args:
        plan: made with the data pinned.
        workspace: where the store lies.
        device: "auto", "cpu", "cuda", or "cuda:N".
        n_workers: processes side by side; every number of them gives the same bytes.
        on_event: told what happens.
        feed: given the rows of every cell that was computed, as soon as it is measured.
        results: folder for the tables; `results/<suite>` of the workspace by default.
        command: the command that the user typed, for the provenance.
        snapshot_seconds, snapshot_steps: how often the state of a training is saved.
        worker: how a worker is started.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM; everything is saved.
        BadDevice: when the device is not there.
    """
    began = time.time(), time.monotonic()
    bench = dataclasses.replace(
        _bench(workspace, device),
        note=lambda text: on_event(Event(kind="note", n_done=0, n_total=0, text=text)),
    )
    run = _Run(plan=plan, bench=bench, on_event=on_event, feed=feed)
    run.prepare()
    head = {
        "suite": str(plan.folder.path),
        "profile": plan.profile,
        "config": config_to_json(plan.config),
        "store": str(bench.store.root),
        "device": bench.device,
        "numerics": bench.numerics,
        "snapshot_seconds": snapshot_seconds,
        "snapshot_steps": snapshot_steps,
    }
    workers = n_workers or default_workers(bench.device)
    pool = LocalPool(head=head, n_workers=workers, command=worker)
    try:
        pool.run(run.tasks, on_answer=run.answered, on_message=run.message, on_tick=run.tick)
    except KeyboardInterrupt:
        left = len(run.tasks) - run.n_done
        raise Interrupted(f"stopped with {left} of {len(run.tasks)} tasks left; all is saved") from None
    folder = results or workspace.results / plan.suite.name
    _write_tables(folder, run, _provenance(run, workspace, command, began))
    return Outcome(
        n_cells=len(plan.cells),
        by_status=run.by_status(),
        failures=run.failed(),
        n_computed=run.n_done,
        seconds=time.monotonic() - began[1],
        results=folder,
    )


@dataclass(kw_only=True)
class _Run:
    """The book-keeping of one run."""

    plan: Plan
    bench: Bench
    on_event: Callable[[Event], None]
    feed: Feed | None
    tasks: list[Task] = field(default_factory=list)
    n_done: int = 0
    seconds: dict[str, float] = field(default_factory=dict)  # by cell key: training and measures of the cell alone
    failures: Failures = field(default_factory=Failures)
    _jobs: dict[int, tuple[int, ...]] = field(default_factory=dict)  # task id -> jobs
    _cells: dict[int, Cell] = field(default_factory=dict)  # task id -> cell
    _unmeasured: dict[str, int] = field(default_factory=dict)  # cell key -> tasks until it can be fed
    _began: float = field(default_factory=time.monotonic)
    _said: float = field(default_factory=time.monotonic)
    _alive: str = ""

    def prepare(self) -> None:
        """Lay out a task for every cell, and for every group of measures on the same cells, that is missing."""
        of_cell: dict[str, int] = {}
        for cell in self.plan.all_cells:
            if finished(cell, self.bench, self.plan.states.get(cell.key, ())) is None:
                needs = frozenset(of_cell[parent.key] for parent in cell.parents if parent.key in of_cell)
                of_cell[cell.key] = self._add({"cell": cell.key}, needs=needs, rank=1)
                self._cells[of_cell[cell.key]] = cell
                self._unmeasured[cell.key] = 1
        groups: dict[tuple[Cell, ...], list[int]] = {}
        for number, job in enumerate(self.plan.jobs):
            if not _is_measured(self.plan, number, self.bench):
                groups.setdefault(job.cells, []).append(number)
        for cells, numbers in groups.items():
            needs = frozenset(of_cell[cell.key] for cell in cells if cell.key in of_cell)
            task = self._add({"jobs": numbers}, needs=needs, rank=0)
            self._jobs[task] = tuple(numbers)
            if len(cells) == 1:
                self._unmeasured[cells[0].key] = self._unmeasured.get(cells[0].key, 0) + 1

    def _add(self, message: dict[str, Any], *, needs: frozenset[int], rank: int) -> int:
        self.tasks.append(Task(id=len(self.tasks), message=message, needs=needs, rank=rank))
        return len(self.tasks) - 1

    def answered(self, task: Task, answer: Answer) -> None:
        """Note how a task ended, and feed the cell whose last task it was."""
        self.n_done += 1
        cell = self._cells.get(task.id) or self.plan.jobs[self._jobs[task.id][0]].cells[0]
        self.seconds[cell.key] = self.seconds.get(cell.key, 0.0) + answer["seconds"]
        what = "cell" if task.id in self._cells else "measure"
        text = self.plan.name(cell)
        if answer["outcome"] == "failed":
            self._failed(task, answer["reason"])
            what, text = "failed", f"{text}: {answer['reason']}"
        for label, reason in answer.get("failures", {}).items():
            self._measure_failed(task, label, reason)
            what, text = "failed", f"{text}, {label}: {reason}"
        self._say(what, text)
        self._feed(task, cell)

    def message(self, message: Answer) -> None:
        """Take a worker's note, or its sign of life."""
        if "note" in message:
            self._say("note", message["note"])
        self._alive = message.get("alive", self._alive)

    def tick(self) -> None:
        """Say something when nothing was said for a while."""
        if time.monotonic() - self._said > silence:
            self._say("heartbeat", self._alive or "starting the workers")

    def _say(self, kind: str, text: str) -> None:
        self._said = time.monotonic()
        left = None
        if self.n_done >= 3:
            left = (self._said - self._began) / self.n_done * (len(self.tasks) - self.n_done)
        self.on_event(Event(kind=kind, n_done=self.n_done, n_total=len(self.tasks), text=text, seconds_left=left))

    def _failed(self, task: Task, reason: str) -> None:
        if task.id in self._cells:
            self.failures.cells[self._cells[task.id].key] = reason
        for number in self._jobs.get(task.id, ()):
            self.failures.jobs[number] = reason

    def _measure_failed(self, task: Task, label: str, reason: str) -> None:
        for number in self._jobs[task.id]:
            if self.plan.jobs[number].measure.label == label:
                self.failures.jobs[number] = reason

    def _feed(self, task: Task, cell: Cell) -> None:
        is_group = task.id in self._jobs and len(self.plan.jobs[self._jobs[task.id][0]].cells) > 1
        if self.feed is None or is_group:
            return
        self._unmeasured[cell.key] -= 1
        if self._unmeasured[cell.key] == 0 and cell in self.plan.cells:
            rows = Collector(self.plan, self.bench, self.failures).cell_rows(cell)
            self.feed.cell(rows, {"name": self.plan.name(cell), "seconds": self.seconds[cell.key]})

    def by_status(self) -> dict[str, int]:
        """Return how many of the suite's cells ended how."""
        counts: dict[str, int] = {}
        for cell in self.plan.cells:
            record = entry_of(cell, self.bench.store, self.bench.numerics).done()
            status = "failed" if record is None else record["status"]
            counts[status] = counts.get(status, 0) + 1
        return counts

    def failed(self) -> list[tuple[str, str]]:
        """Return (name, reason) of every cell or measure that failed."""
        named = {cell.key: self.plan.name(cell) for cell in self.plan.all_cells}
        cells = [(named[key], reason) for key, reason in self.failures.cells.items()]
        jobs = [
            (f"{self.plan.name(self.plan.jobs[number].cells[0])}, {self.plan.jobs[number].measure.label}", reason)
            for number, reason in self.failures.jobs.items()
        ]
        return cells + jobs


def _provenance(run: _Run, workspace: Workspace, command: str, began: tuple[float, float]) -> dict[str, Any]:
    """Return what `provenance.json` holds: how the tables came to be, clocks included."""
    cells = {}
    for cell in run.plan.cells:
        record = entry_of(cell, run.bench.store, run.bench.numerics).done()
        cells[cell.key] = {
            "name": run.plan.name(cell),
            "status": "failed" if record is None else record["status"],
            "reason": run.failures.cells.get(cell.key, "") if record is None else record["reason"],
            "n_steps": None if record is None else record["n_steps"],
            "seconds": run.seconds.get(cell.key),
            "cached": cell.key not in run.seconds,
        }
    return {
        "suite": run.plan.suite.name,
        "profile": run.plan.profile,
        "config": config_to_json(run.plan.config),
        "command": command,
        "git": git_state(workspace.root),
        "versions": versions(),
        "device": device_facts(run.bench.device),
        "machine": machine(),
        "numerics": dict(run.bench.numerics),
        "data": _data_of(run.plan),
        "started": began[0],
        "seconds": time.monotonic() - began[1],
        "n_cells": len(run.plan.cells),
        "by_status": run.by_status(),
        "cells": cells,
    }


def default_workers(device: str) -> int:
    """Return how many cells run side by side: as many as there are cores this process may use, or 1 on a GPU."""
    if device != "cpu":
        return 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _bench(workspace: Workspace, device: str) -> Bench:
    resolved = resolve_device(device)
    return Bench(store=Store(workspace.runs), device=resolved, numerics=numerics(resolved))


def _is_measured(plan: Plan, number: int, bench: Bench) -> bool:
    job = plan.jobs[number]
    done = [entry_of(cell, bench.store, bench.numerics).done() for cell in job.cells]
    records_ = [record for record in done if record is not None]
    if len(records_) < len(done):
        return False
    unusable = any(record["status"] not in usable for record in records_)
    return unusable or stored(job, records_, bench) is not None


def _data_of(plan: Plan) -> dict[str, Any]:
    """Return what is known of the plan's data sets, by name: digest, source, classes, counts."""
    from benchmark.data.manifest import read_manifest

    found: dict[str, Any] = {}
    for cell in plan.cells:
        name, digest = cell.data.name, getattr(cell.data, "digest", None)
        if name not in found:
            found[name] = {"kind": type(cell.data).__name__, "digest": digest}
            if digest is not None:
                manifest = read_manifest(name)
                found[name] |= {"source": manifest.source, "classes": manifest.classes, "counts": manifest.counts}
    return found


def _write_tables(folder: Path, run: _Run, made_by: dict[str, Any]) -> None:
    collector = Collector(run.plan, run.bench, run.failures)
    arrays = folder / "arrays"
    shutil.rmtree(arrays, ignore_errors=True)
    arrays.mkdir(parents=True)
    sweep(folder)
    for name, data in collector.arrays():
        write_atomic(arrays / name, data)
    records.write(folder / "records.parquet", collector.rows())
    text = json.dumps(made_by, indent=1, sort_keys=True) + "\n"
    write_atomic(folder / "provenance.json", text.encode())
