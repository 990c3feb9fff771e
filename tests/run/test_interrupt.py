"""A real `lossbench run` that is stopped by a signal, as by Ctrl-C in a terminal or by a job scheduler, and resumed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import root

suite = root / "tests" / "faults" / "tiny_suite"
n_steps = 200_000  # minutes of training
command = (  # whoever starts the tests in the background leaves SIGINT ignored, also for what they start
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from benchmark.cli.main import main; main()"
)
patience = 300.0  # seconds for what takes two or three on an idle machine


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with the tiny suite, its trainings made long."""
    folder = tmp_path / "a workspace"
    shutil.copytree(suite, folder / "suites" / suite.name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "params.yaml").write_text(f"suites: {{{suite.name}: {{steps: {n_steps}}}}}\n")
    return folder


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finding the processes that are left needs /proc")
def test_a_stopped_run_leaves_no_process_and_resumes_where_it_was(workspace: Path) -> None:
    with running(workspace) as process:
        wait_for_training(workspace, n_attempts=1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
        assert_stopped(process, workspace, code=130)
    assert [began for _, began in attempts(workspace)] == [0]
    stopped_at = saved_steps(workspace)
    with running(workspace) as process:
        wait_for_training(workspace, n_attempts=2)
        process.send_signal(signal.SIGTERM)  # as `kill` does: to the command alone
        assert_stopped(process, workspace, code=143)
    resumed = dict(attempts(workspace)[1:])
    assert resumed == stopped_at
    assert all(step > stopped_at[cell] for cell, step in saved_steps(workspace).items())


@contextmanager
def running(workspace: Path) -> Iterator[subprocess.Popen[str]]:
    """Start `lossbench run` in a session of its own; whatever happens, nothing of it stays."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            command,
            "run",
            suite.name,
            "-j",
            "1",
            "--no-tracking",
        ],
        cwd=workspace,
        env={**os.environ, "LOSSBENCH_RUNS": str(workspace / "runs"), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        for number in processes_of(workspace):
            os.kill(number, signal.SIGKILL)
        process.communicate()


def assert_stopped(process: subprocess.Popen[str], workspace: Path, *, code: int) -> None:
    _, said = process.communicate(timeout=patience)
    assert process.returncode == code, said
    assert re.search(
        r"stopped with \d+ of \d+ tasks left; all is saved; run the same command to resume", said
    )
    assert "Traceback" not in said
    wait_until(lambda: not processes_of(workspace))
    assert set(saved_steps(workspace)) == {cell for cell, _ in attempts(workspace)}


def wait_for_training(workspace: Path, *, n_attempts: int) -> None:
    """Wait until the worker trains, and has taken some steps: it does nothing else with its time."""
    wait_until(lambda: len(attempts(workspace)) == n_attempts)
    before = seconds_of(workspace)
    wait_until(lambda: seconds_of(workspace) > before + 0.5)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def attempts(workspace: Path) -> list[tuple[str, int]]:
    """Return (cell, step at which it began) of every attempt at a training, the earlier ones first."""
    by_cell = {
        path.parent.parent.name: [
            facts["began_at"]
            for facts in map(json.loads, path.read_text().splitlines())
            if "began_at" in facts
        ]
        for path in workspace.glob("runs/*/*/*/attempts.jsonl")
    }
    n_most = max(map(len, by_cell.values()), default=0)
    return [
        (cell, begun[number])
        for number in range(n_most)
        for cell, begun in by_cell.items()
        if number < len(begun)
    ]


def saved_steps(workspace: Path) -> dict[str, int]:
    """Return the step of the state that is saved of each cell."""
    return {
        path.parent.parent.name: int(path.name.split("-")[1])
        for path in workspace.glob("runs/*/*/*/state-*.safetensors")
    }


def seconds_of(workspace: Path) -> float:
    """Return the processor time that the processes of a workspace have had."""
    stats = [
        Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        for number in processes_of(workspace)
    ]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def processes_of(workspace: Path) -> list[int]:
    """Return the processes that were started for a workspace and still live."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"LOSSBENCH_RUNS={workspace / 'runs'}\0".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found
