"""Complete a suite: train what is missing, measure what is missing, collect the tables."""

from __future__ import annotations

import dataclasses
import shlex
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.results.provenance import n_cpus
from benchmark.run.assignment import Assignment, assigned
from benchmark.run.bench import Bench, done_or_none
from benchmark.run.device import resolve_device
from benchmark.run.events import Event, Feed
from benchmark.run.pool import LocalPool, worker_command
from benchmark.run.run_state import RunState, is_measured
from benchmark.run.tables import head_of, write_tables
from benchmark.store.identity import numerics
from benchmark.store.run_store import Store
from benchmark.store.workspace import Workspace
from benchmark.suite.plan import Plan
from benchmark.suite.profiles import precision_of


class Interrupted(Exception):
    """The run was stopped by the user; everything is saved, and the message says how to resume."""


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
    bench = bench_of(plan.profile, workspace, device)
    trained = {cell.key for cell in plan.all_cells if done_or_none(cell, bench) is not None}
    measured = sum(is_measured(plan, number, bench) for number in range(len(plan.jobs)))
    missing = [cell for cell in plan.all_cells if cell.key not in trained]
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
    start_feed: Callable[[dict[str, Any], dict[str, dict[str, Any]]], Feed] | None = None,
    results: Path | None = None,
    command: str = "",
    twins: bool = False,
    snapshot_seconds: float = 20.0,
    snapshot_steps: int | None = None,
    worker: Sequence[str] | None = None,
) -> Outcome:
    """Compute whatever of a plan is missing from the store, then write its tables.

    Args:
        plan: made with the data pinned.
        workspace: where the store lies.
        device: "auto", "cpu", "cuda", or "cuda:N".
        n_workers: processes side by side; every number of them gives the same bytes.
        on_event: told what happens.
        start_feed: (provenance so far, key -> factors of every cell) -> a feed, which is given the rows of every
            cell that was computed, as soon as it is measured.
        results: folder for the tables; `results/<suite>` of the workspace by default.
        command: the command that the user typed, for the provenance.
        twins: train every cell from weights one rounding apart, see `benchmark.cells.training.twin`; the store keeps
            these apart.
        snapshot_seconds: wall time between two saved states of a training.
        snapshot_steps: optimizer steps between them, besides.
        worker: how a worker is started; by `pool.worker_command` if None.

    Raises:
        Interrupted: after Ctrl-C or SIGTERM; everything is saved.
        BadDevice: when the device is not there.
    """
    began = time.monotonic()
    bench = bench_of(plan.profile, workspace, device, twins=twins)
    bench = telling(bench, on_event, seconds=snapshot_seconds, steps=snapshot_steps)
    head = head_of(plan, bench, workspace.root, command)
    state = RunState(
        plan=plan,
        bench=bench,
        on_event=on_event,
        start_feed=start_feed and partial(start_feed, head, _factors(plan)),
        sync_command=_sync_command(plan.suite.name, results, workspace),
    )
    state.prepare()
    folder = results or workspace.results / plan.suite.name
    pool = pool_of(assigned(plan.folder, plan.profile, plan.config, bench), n_workers, worker)
    try:
        told = state.announcer
        pool.run(state.tasks, on_answer=state.answered, on_message=told.message, on_tick=told.tick)
        write_tables(folder, state, head)
    except KeyboardInterrupt:
        left = len(state.tasks) - state.n_done
        raise Interrupted(f"stopped with {left} of {len(state.tasks)} tasks left; all is saved") from None
    finally:
        state.close_feed()
    return _outcome(state, time.monotonic() - began, folder)


def _outcome(state: RunState, seconds: float, folder: Path) -> Outcome:
    return Outcome(
        n_cells=len(state.plan.cells),
        by_status=state.by_status(),
        failures=state.failed(),
        n_computed=state.n_done,
        seconds=seconds,
        results=folder,
    )


def _factors(plan: Plan) -> dict[str, dict[str, Any]]:
    return {cell.key: {**plan.factors(cell), "seed": plan.seed(cell)} for cell in plan.cells}


def telling(bench: Bench, on_event: Callable[[Event], None], *, seconds: float, steps: int | None) -> Bench:
    """Return a bench whose notes are events, and that saves every so many seconds and steps."""
    note = partial(Event, kind="note", n_done=0, n_total=0)
    return dataclasses.replace(
        bench,
        note=lambda text: on_event(note(text=text)),
        snapshot_seconds=seconds,
        snapshot_steps=steps,
    )


def pool_of(assignment: Assignment, n_workers: int | None, worker: Sequence[str] | None) -> LocalPool:
    """Return the workers of a run or a sweep: so many as given, else as the device has room for."""
    return LocalPool(
        head=assignment.as_json(),
        n_workers=n_workers or default_workers(assignment.device),
        command=worker or worker_command(),
    )


def _sync_command(suite: str, results: Path | None, workspace: Workspace) -> str:
    """Return the command that brings the tracking store in line with what this run leaves."""
    words = ["lossbench", "sync", suite]
    if results is not None and results.parent.resolve() != workspace.results.resolve():
        words += ["--results", str(results.parent)]
    return shlex.join(words)


def default_workers(device: str) -> int:
    """Return how many cells run side by side: as many as there are cores this process may use, or 1 on a GPU."""
    return n_cpus() if device == "cpu" else 1


def bench_of(profile: str, workspace: Workspace, device: str, *, twins: bool = False) -> Bench:
    """Return where and how a profile is computed. Raises `BadDevice`."""
    resolved = resolve_device(device)
    record = numerics(resolved, precision_of(profile), twin=twins)
    return Bench(store=Store(workspace.runs), device=resolved, numerics=record)
