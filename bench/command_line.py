"""Commands as contenders: their time is that of the whole process and of all that it starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from bench.method import Answer, Contender

own_variables = ("LOSSBENCH_RUNS", "LOSSBENCH_DATA", "MLFLOW_TRACKING_URI", "DVC_ROOT")
beside = Path(sys.executable).parent  # where commands of this environment lie


def surroundings(**more: str) -> dict[str, str]:
    """Return the environment of a command: that of here, apart from the user's own places."""
    path = os.pathsep.join([str(beside), os.environ.get("PATH", "")])
    kept = {name: value for name, value in os.environ.items() if name not in own_variables}
    return kept | {"PATH": path} | more


def output(command: Sequence[str], place: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a command in a folder and return what it wrote.

    Raises:
        SystemExit: when it fails, with what it said.
    """
    done = subprocess.run(
        list(command), cwd=place, env=dict(environment or surroundings()), capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-2000:]
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {said}")
    return done.stdout


def contender(
    name: str,
    run: Callable[[], str],
    *,
    is_right: Callable[[str], bool] = lambda text: True,
) -> Contender:
    """Return a contender that runs something, and is right where its output is.

    Args:
        name: for the table.
        run: runs it and returns its output.
        is_right: of the output.
    """

    def solve(_: int) -> Answer:
        return Answer(values=torch.tensor(float(not is_right(run()))))

    return Contender(
        name=name,
        version="",
        settings="",
        solve=solve,
        error=lambda answers: max(float(each.values) for each in answers),
        tolerance=0.0,
    )
