"""A run that is killed, wherever it is, ends with the bytes of one that was not."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

here = Path(__file__).parent
interval = 10  # steps between two saved states, as in run_tiny.py
patience = 300.0  # seconds for a worker to see that its parent is gone: at once, on an idle machine

points = (
    *(f"step:{number}" for number in (7, 23, 31, 47, 58)),
    *(f"inside-step:{number}" for number in (1, 3)),
    *(f"fsync:{number}" for number in (3, 9, 14)),
    *(f"state-rename:{number}" for number in (0, 2, 4)),
    "commit:0",
    "commit:1",
    "done-rename:0",
    "measure:0",
    "measure:2",
    *(f"rows:{number}" for number in (1, 3)),
    "rename:1",
    "rename:8",
)
kills = ["feed:0:parent"] + [
    f"{point}:{'worker' if number % 2 else 'parent'}" for number, point in enumerate(points)
]


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def run(commands: Path) -> Run:
    """Run the tiny suite in a workspace; it and its workers start by fork, and are processes all the same."""
    return functools.partial(run_by, commands / "python")


def run_by(
    python: Path, workspace: Path, kill_at: str = "none:0:worker", n_workers: int = 1
) -> subprocess.CompletedProcess[str]:
    token = workspace / "token"
    workspace.mkdir(exist_ok=True)
    token.touch()
    return subprocess.run(
        [python, str(here / "run_tiny.py"), str(workspace), str(n_workers)],
        env={
            **os.environ,
            "KILL_AT": kill_at,
            "KILL_TOKEN": str(token),
            "STEP_COUNT": str(workspace / "steps"),
            "LOSSBENCH_RUNS": str(workspace / "runs"),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
    )


def contents(workspace: Path) -> dict[str, bytes]:
    """Return the bytes of everything that is a result: weights, histories, measures, tables."""
    kept = (
        "weights.safetensors",
        "initial.safetensors",
        "test_logits.safetensors",
        "history.json",
        "done.json",
    )
    paths = [
        *workspace.glob("runs/*/*/*/*"),
        *workspace.glob("runs/*/*/*/measures/*"),
        *workspace.glob("results/*/*"),
    ]
    wanted = [
        path
        for path in paths
        if path.name in kept or path.parent.name == "measures" or path.suffix == ".parquet"
    ]
    return {path.relative_to(workspace).as_posix(): path.read_bytes() for path in wanted}


def workers_of(workspace: Path) -> list[int]:
    """Return the processes that were started for a workspace and still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"STEP_COUNT={workspace / 'steps'}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.fixture(scope="session")
def uninterrupted(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("uninterrupted run")
    outcome = run(workspace)
    assert outcome.returncode == 0, outcome.stderr
    assert contents(workspace)
    return workspace


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finding the workers that are left needs /proc")
@pytest.mark.parametrize("kill_at", kills)
def test_killed_run_ends_as_the_uninterrupted_one(
    kill_at: str, run: Run, uninterrupted: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "killed run"
    first = run(workspace, kill_at)
    assert not (workspace / "token").exists(), f"nothing was killed at {kill_at}: {first.stderr}"
    if kill_at.endswith("parent"):
        assert first.returncode == -signal.SIGKILL
        deadline = time.monotonic() + patience
        while workers_of(workspace) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert workers_of(workspace) == []
        second = run(workspace)
        assert second.returncode == 0, second.stderr
    else:
        assert first.returncode == 0, first.stderr
    assert contents(workspace) == contents(uninterrupted)
    n_steps, n_least = ((path / "steps").stat().st_size for path in (workspace, uninterrupted))
    assert n_steps <= n_least + interval + 1  # the step in which it died, and those since the last state
    assert not list(workspace.rglob("*.tmp"))


def test_two_workers_give_the_bytes_of_one(run: Run, uninterrupted: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "two workers"
    assert run(workspace, n_workers=2).returncode == 0
    assert contents(workspace) == contents(uninterrupted)


def test_two_runs_at_once_compute_each_cell_once(run: Run, uninterrupted: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "shared"
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(run, [workspace, workspace]))
    assert [outcome.returncode for outcome in outcomes] == [0, 0], [outcome.stderr for outcome in outcomes]
    assert contents(workspace) == contents(uninterrupted)
    assert (workspace / "steps").stat().st_size == (uninterrupted / "steps").stat().st_size


@pytest.mark.parametrize("point", ["step:23", "measure:1"])
def test_a_worker_that_is_told_to_stop_leaves_its_task_to_another(
    point: str, run: Run, uninterrupted: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "stopped"
    assert run(workspace, f"{point}:stopped").returncode == 0
    assert contents(workspace) == contents(uninterrupted)


def test_resumed_attempt_begins_where_the_state_was_saved(
    run: Run, uninterrupted: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "resumed"
    run(workspace, "step:47:worker")
    attempts = [
        [
            int(line.split('"began_at": ')[1].split("}")[0])
            for line in path.read_text().splitlines()
            if "began_at" in line
        ]
        for path in workspace.glob("runs/*/*/*/attempts.jsonl")
    ]
    resumed = [began for began in attempts if len(began) > 1]
    assert len(resumed) == 1 and resumed[0][0] == 0 and resumed[0][1] == 40
