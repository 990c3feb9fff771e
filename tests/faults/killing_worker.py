"""A worker that kills itself, or its parent, at a chosen point; and counts the optimizer steps that it takes.

`KILL_AT` is "<point>:<times the point is passed before>:<worker, parent or stopped>". The kill happens once: the
worker that kills removes the file `KILL_TOKEN` first, and without it nobody is killed. `STEP_COUNT` gains a byte for
every step. `KILL_PARENT` is the parent, where that is not the process above this one.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import benchmark.cells.training.trajectory
import benchmark.run.train
import benchmark.store.entry
from benchmark.run.worker import main

point, times, victim = os.environ.get("KILL_AT", "none:0:worker").split(":")
passed = [0]


def kill() -> None:
    try:
        os.unlink(os.environ["KILL_TOKEN"])
    except FileNotFoundError:
        return
    if victim == "stopped":
        os.kill(
            os.getpid(), signal.SIGTERM
        )  # asked to end by somebody else: the task must be done by another worker
        return
    if victim == "parent":
        os.kill(int(os.environ.get("KILL_PARENT") or os.getppid()), signal.SIGKILL)
        time.sleep(120)  # to be ended by the watch on the parent, in the middle of whatever this is
    os.kill(os.getpid(), signal.SIGKILL)


def here(name: str) -> None:
    if name == point:
        if passed[0] == int(times):
            kill()
        passed[0] += 1


def before(owner: Any, attribute: str, name: str | Callable[..., str]) -> None:
    """Pass the point `name` whenever `owner.attribute` is called, just before."""
    original = getattr(owner, attribute)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        here(name if isinstance(name, str) else name(*args))
        return original(*args, **kwargs)

    setattr(owner, attribute, wrapped)


def count_step(trajectory: Any) -> str:
    with Path(os.environ["STEP_COUNT"]).open("ab") as file:
        file.write(b".")
    return "step"


def renamed(_: Any, target: Any) -> str:
    name = Path(target).name
    return "state-rename" if name.startswith("state-") else "done-rename" if name == "done.json" else "rename"


def fsynced(_: Any) -> str:
    return "fsync"


before(benchmark.cells.training.trajectory.Trajectory, "moved", count_step)
before(
    benchmark.cells.training.trajectory.Trajectory, "record", "inside-step"
)  # weights moved, step not yet recorded
before(os, "fsync", fsynced)  # a temporary file is there, written or half written
before(os, "replace", renamed)
before(benchmark.store.entry.Entry, "commit", "commit")
before(benchmark.store.entry.Entry, "write_unfinished_rows", "rows")  # a surface, in the middle
before(benchmark.store.entry.Entry, "write_measure", "measure")

if __name__ == "__main__":
    main()
