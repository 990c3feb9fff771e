"""A sweep that is killed, wherever and however often, ends with the bytes and the trials of one that was not."""

from __future__ import annotations

import functools
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

pytestmark = pytest.mark.slow
here = Path(__file__).parent
Start = Callable[..., Any]

# kills of one and the same sweep: (of a worker or by one, of the parent); then what the sweep ends with
kills = (
    ("none:0:worker", "ask:5", -signal.SIGKILL),
    ("step:70:parent", "none:0", -signal.SIGKILL),
    ("none:0:worker", "torn:3", -signal.SIGKILL),
    ("none:0:worker", "tell:7", -signal.SIGKILL),
    ("commit:2:worker", "none:0", 0),  # another worker takes over
    ("none:0:worker", "answer:0", -signal.SIGKILL),
)


@pytest.fixture(scope="module")
def start(commands: Path) -> Start:
    """Start a sweep that is killed at one point; it and its workers start by fork, and are processes all the same."""
    return functools.partial(start_by, commands / "python")


def start_by(
    python: Path, workspace: Path, worker: str = "none:0:worker", parent: str = "none:0", n_workers: int = 1
) -> Any:
    workspace.mkdir(exist_ok=True)
    (workspace / "token").touch()
    return subprocess.Popen(
        [python, str(here / "run_sweep.py"), str(workspace), str(n_workers)],
        env={
            **os.environ,
            "KILL_AT": worker,
            "PARENT_KILL_AT": parent,
            "KILL_TOKEN": str(workspace / "token"),
            "STEP_COUNT": str(workspace / "steps"),
            "LOSSBENCH_RUNS": str(workspace / "runs"),
            "OMP_NUM_THREADS": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: Any) -> int:
    """Wait for a sweep; return its exit code, the reason of a failure said."""
    _, err = process.communicate(timeout=600)
    assert process.returncode in (0, -signal.SIGKILL), err
    return int(process.returncode)


def best(workspace: Path) -> bytes:
    return (workspace / "results" / "tiny_sweep" / "best.json").read_bytes()


def trials(workspace: Path) -> dict[str, list[Any]]:
    """Return what the journal holds, as Optuna reads it."""
    (journal,) = (workspace / "runs" / "sweeps").glob("*.log")
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return {
        name: [
            (trial.number, trial.state.name, trial.params, trial.values, trial.user_attrs)
            for trial in optuna.load_study(study_name=name, storage=storage).trials
        ]
        for name in optuna.get_all_study_names(storage)
    }


def n_resumed(workspace: Path) -> int:
    """Return how often a network was gone on with: a kill stops all that are trained together."""
    begun = [path.read_text().count("began_at") for path in workspace.glob("runs/*/*/*/attempts.jsonl")]
    return sum(count - 1 for count in begun)


def n_steps(workspace: Path) -> int:
    return len((workspace / "steps").read_bytes())


@pytest.fixture(scope="module")
def undisturbed(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("undisturbed sweep")
    assert ended(start(workspace)) == 0
    return workspace


def test_the_sweep_under_test_prunes_and_diverges(undisturbed: Path) -> None:
    text = best(undisturbed).decode()
    assert '"state": "pruned"' in text and '"status": "diverged"' in text


def test_the_number_of_workers_changes_no_byte(start: Start, undisturbed: Path, tmp_path: Path) -> None:
    assert ended(start(tmp_path / "two", n_workers=2)) == 0
    assert best(tmp_path / "two") == best(undisturbed)
    assert trials(tmp_path / "two") == trials(undisturbed)


def test_a_sweep_killed_again_and_again_ends_as_one_that_was_not(
    start: Start, undisturbed: Path, tmp_path: Path
) -> None:
    workspace = tmp_path / "killed"
    for worker, parent, code in kills:
        assert ended(start(workspace, worker, parent)) == code
        assert not (workspace / "token").exists(), f"nothing was killed at {worker}, {parent}"
    assert ended(start(workspace)) == 0
    assert best(workspace) == best(undisturbed)
    assert trials(workspace) == trials(undisturbed)
    redone = n_steps(workspace) - n_steps(undisturbed)
    assert 0 < redone <= 5 * n_resumed(workspace), (
        "a kill costs a network the steps since its last saved state"
    )


def test_a_sweep_killed_at_random_moments_ends_as_one_that_was_not(
    start: Start, undisturbed: Path, tmp_path: Path
) -> None:
    workspace, draw = tmp_path / "killed", random.Random(4)
    codes = []
    for _ in range(5):
        process = start(workspace, n_workers=2)
        time.sleep(draw.uniform(0.2, 1.6))
        process.kill()
        codes.append(ended(process))
    assert -signal.SIGKILL in codes, "every sweep had ended before it was killed"
    assert ended(start(workspace)) == 0
    assert best(workspace) == best(undisturbed)
    assert {name: sorted(found) for name, found in trials(workspace).items()} == trials(undisturbed)


def test_two_sweeps_at_once_train_every_network_once(start: Start, undisturbed: Path, tmp_path: Path) -> None:
    both = [start(tmp_path / "shared", n_workers=1) for _ in range(2)]
    assert [ended(process) for process in both] == [0, 0]
    assert best(tmp_path / "shared") == best(undisturbed)
    assert trials(tmp_path / "shared") == trials(undisturbed)
    assert n_steps(tmp_path / "shared") == n_steps(undisturbed)


def test_a_lost_journal_is_written_anew_from_the_store(start: Start, undisturbed: Path) -> None:
    before, steps = trials(undisturbed), n_steps(undisturbed)
    (journal,) = (undisturbed / "runs" / "sweeps").glob("*.log")
    journal.write_bytes(journal.read_bytes()[:700])
    assert ended(start(undisturbed)) == 0
    assert trials(undisturbed) == before
    assert n_steps(undisturbed) == steps
