"""Sweep the tiny suite: `python run_sweep.py WORKSPACE N_WORKERS`.

`PARENT_KILL_AT` is "<point>:<times the point is passed before>", where this process kills itself, once: it removes the
file `KILL_TOKEN` first. Workers are those of tests/faults.
"""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import JournalFileBackend

import benchmark.run.sweep.engine
from benchmark.cells.data.catalog import pin
from benchmark.run.sweep.engine import sweep
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.tuning import Question

here, root = Path(__file__).parent, Path(__file__).parents[3]
point, times = os.environ.get("PARENT_KILL_AT", "none:0").split(":")
passed = [0]


def here_is(name: str) -> bool:
    """Tell whether this is the point, and the time, to be killed at."""
    passed[0] += name == point
    return name == point and passed[0] == int(times) + 1 and Path(os.environ["KILL_TOKEN"]).exists()


def die() -> None:
    os.unlink(os.environ["KILL_TOKEN"])
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner: Any, attribute: str, name: str) -> None:
    """Be killed just before a call, where that is the point."""
    original: Callable[..., Any] = getattr(owner, attribute)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if here_is(name):
            die()
        return original(*args, **kwargs)

    setattr(owner, attribute, wrapped)


def torn_append(self: JournalFileBackend, logs: list[dict[str, Any]]) -> None:
    """Write half a line and be killed, where that is the point."""
    if here_is("torn"):
        with open(self._file_path, "ab") as file:
            file.write(b'{"op_code":4,"worker_id":"')
        die()
    append(self, logs)


append = JournalFileBackend.append_logs
setattr(JournalFileBackend, "append_logs", torn_append)  # noqa: B010
before(optuna.Study, "ask", "ask")
before(optuna.Study, "tell", "tell")
before(optuna.Study, "add_trial", "journal")
before(benchmark.run.sweep.engine, "write_atomic", "answer")

if __name__ == "__main__":
    os.environ["KILL_PARENT"] = str(os.getpid())
    folder = SuiteFolder(path=here / "tiny_sweep")
    # in double precision it takes more than the suite has for a training to diverge
    config = dataclasses.replace(folder.suite.profiles["ci"], highest_lr=1e60)
    asked = Question(suite=folder.suite, profile="ci", config=config, pin=pin)
    sweep(
        folder,
        asked,
        Workspace(Path(sys.argv[1])),
        device="cpu",
        n_workers=int(sys.argv[2]),
        snapshot_seconds=1e9,
        snapshot_steps=5,
        worker=(sys.executable, str(root / "tests" / "faults" / "killing_worker.py")),
    )
