"""Answer what a sweep is asked: search all arms side by side, and train what they try into the run store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from benchmark.run.assignment import assigned
from benchmark.run.bench import Bench, entry_of
from benchmark.run.complete import Interrupted, bench_of, pool_of, telling
from benchmark.run.events import Event, silence
from benchmark.run.pool import LocalPool
from benchmark.store.files import sha256, to_json, write_atomic
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.tuning import Question, Try

if TYPE_CHECKING:
    from benchmark.run.sweep.sweep_state import SweepState


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a sweep ended.

    Attributes:
        content: what it wrote.
        failures: cells that failed, with the reason; those that diverged are no failures.
        n_computed: cells that were trained; the others were in the store.
        path: of the file.
    """

    content: dict[str, Any]
    failures: list[tuple[str, str]]
    n_computed: int
    seconds: float
    path: Path


def sweep(
    folder: SuiteFolder,
    question: Question,
    workspace: Workspace,
    *,
    pareto: bool = False,
    device: str = "auto",
    n_workers: int | None = None,
    on_event: Callable[[Event], None] = lambda event: None,
    results: Path | None = None,
    snapshot_seconds: float = 20.0,
    snapshot_steps: int | None = None,
    worker: Sequence[str] | None = None,
) -> Outcome:
    """Try every arm's points, and write `best.json`, or with `pareto` `pareto.json`.

    Trials are replayed from the run store: what was trained before is not trained again, and a sweep that was killed
    ends as one that was not.

    Args:
        folder: where the suite lies.
        question: made with the data pinned.
        workspace: where the store lies.
        pareto: minimize the suite's sharpness besides the error.
        device: "auto", "cpu", "cuda", or "cuda:N".
        n_workers: processes side by side; every number of them gives the same bytes.
        on_event: told what happens.
        results: folder for the file; `results/<suite>` of the workspace by default.
        snapshot_seconds: wall time between two saved states of a training.
        snapshot_steps: optimizer steps between them, besides.
        worker: how a worker is started; by `pool.worker_command` if None.

    Raises:
        ValueError: when the question cannot be asked.
        Interrupted: after Ctrl-C or SIGTERM; everything is saved.
        BadDevice: when the device is not there.
    """
    began = time.monotonic()
    question.check()
    path = (results or workspace.results / folder.name) / ("pareto.json" if pareto else "best.json")
    if not question.n_trials:
        return _nothing(question, path)
    # Optuna, for which a suite without a sweep does not wait
    from benchmark.run.sweep.answer import answer
    from benchmark.run.sweep.journal import Journal
    from benchmark.run.sweep.sweep_state import SweepState

    bench = bench_of(question.profile, workspace, device)
    bench = telling(bench, on_event, seconds=snapshot_seconds, steps=snapshot_steps)
    pool = pool_of(
        assigned(folder, question.profile, question.config, bench, is_sweep=True), n_workers, worker
    )
    witness = workspace.runs / "sweeps" / f"{_name(folder, question, bench, pareto=pareto)}.log"
    with _alone(witness, bench.note):
        told = Journal(path=witness, note=bench.note).write
        state = SweepState(question=question, bench=bench, pareto=pareto, on_event=on_event, on_told=told)
        _search(state, pool)
        content = answer(question, state.searches)
        _write(path, content)
    return _outcome(state, content, time.monotonic() - began, path)


def _outcome(state: SweepState, content: dict[str, Any], seconds: float, path: Path) -> Outcome:
    return Outcome(
        content=content, failures=state.failures, n_computed=state.n_computed, seconds=seconds, path=path
    )


def _nothing(question: Question, path: Path) -> Outcome:
    content = {**question.head, "studies": {}}
    _write(path, content)
    return Outcome(content=content, failures=[], n_computed=0, seconds=0.0, path=path)


def _search(state: SweepState, pool: LocalPool) -> None:
    told = state.announcer
    try:
        pool.run(state.begin(), on_answer=state.answered, on_message=told.message, on_tick=told.tick)
    except KeyboardInterrupt:
        tried = f"{state.n_done} of {state.n_total} cells tried"
        raise Interrupted(f"stopped with {tried}; all is saved") from None


def _write(path: Path, content: dict[str, Any]) -> None:
    write_atomic(path, (json.dumps(content, indent=1, allow_nan=False) + "\n").encode())


def _name(folder: SuiteFolder, question: Question, bench: Bench, *, pareto: bool) -> str:
    """Name what is asked of which code: another code or another number of trials is another study."""
    cells = (
        question.cell(Try(arm=arm, point=question.default(arm), seed=question.seeds[0]))
        for arm in question.arms
    )
    code = sha256(to_json([entry_of(cell, bench.store, bench.numerics).path.name for cell in cells]))[:16]
    return "-".join([folder.name, *(["pareto"] if pareto else []), question.asked, code])


@contextmanager
def _alone(path: Path, note: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a sweep, which the kernel frees when its process ends, however it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    wait = 0.0
    while not lock.is_locked:
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            note("another process is at this sweep; waiting for what it finds")
            wait = silence
    try:
        yield
    finally:
        lock.release()
