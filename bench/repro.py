"""`python -m bench.repro`: what `make repro` takes in a fresh clone, as the README and the guide say it.

Writes bench/results/repro.json:
    n: how often everything was done, each time in a clone of its own.
    seconds: lists of that length: "set-up" (make .venv), "repro" (the rest of `make repro`), "repro again" (a second
        one, which finds nothing to do), and with --tests "tests" (make test).
    cpu_seconds: the same, of all processes that the commands started.
    changed: files that Git calls changed after the first `make repro`, of the last clone; none where the machine is of
        the kind that made dvc.lock.
    stages: the same for the stages of DVC inside "repro".
    bytes: of the last clone, ".venv" and "everything else", Git's own files aside.
    loads, is_busy: load average before and after; busy when more processes wanted a core before than there were.
    provenance: commit, machine and versions, as in every benchmark.
"""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.machine import is_busy, load
from bench.results import folder, root, rounded
from benchmark.results.provenance import git_state, machine, versions
from benchmark.store.files import write_atomic

Rounds = Annotated[int, typer.Option(min=1, help="How often, each time in a fresh clone.")]
Tests = Annotated[bool, typer.Option("--tests", help="Time `make test` as well.")]
Seconds = defaultdict[str, list[float]]
stage = re.compile(r"Running stage '([^']+)'")
own_variables = (
    "LOSSBENCH_RUNS",
    "LOSSBENCH_DATA",
    "MLFLOW_TRACKING_URI",
    "DVC_ROOT",
    "VIRTUAL_ENV",
    "PYTHON",
)


def repro(rounds: Rounds = 1, tests: Tests = False) -> None:
    """Time the set-up and `make repro` in a fresh clone of the last commit. Wants an idle machine and a network."""
    path = folder / "repro.json"
    record = measured(root, rounds=rounds, tests=tests)
    write_atomic(path, (json.dumps(record, indent=1) + "\n").encode())
    typer.echo(f"wrote {path.relative_to(root)}; next: python -m docs.generate")


def measured(repository: Path, *, rounds: int, tests: bool) -> dict[str, Any]:
    """Return the record of a repository's last commit."""
    seconds, cpu, stages, sizes = Seconds(list), Seconds(list), Seconds(list), {}
    changed: list[str] = []
    before = load()
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="lossbench-repro-") as scratch:
            clone = Path(scratch) / "lossbench"
            _run(["git", "clone", "--quiet", str(repository), str(clone)], Path(scratch))
            changed = _time_all(clone, seconds, cpu, stages, tests=tests)
            sizes = {".venv": size(clone / ".venv"), "everything else": size(clone, but=(".git", ".venv"))}
    return {
        "benchmark": "repro",
        "provenance": {"git": git_state(repository), "machine": machine(), "versions": versions()},
        "n": rounds,
        "seconds": rounded(dict(seconds)),
        "cpu_seconds": rounded(dict(cpu)),
        "changed": changed,
        "stages": rounded(dict(stages)),
        "bytes": sizes,
        "loads": rounded([before, load()]),
        "is_busy": is_busy([before]),
    }


def size(path: Path, *, but: tuple[str, ...] = ()) -> int:
    """Return the bytes of the files below a folder, its entries named in `but` left out."""
    found = [each for each in path.iterdir() if each.name not in but] if path.is_dir() else []
    folders = [
        each for each in found if each.is_dir() and not each.is_symlink()
    ]  # .venv/lib64 is .venv/lib again
    files = [each for each in found if each not in folders]
    files += [file for folder in folders for file in folder.rglob("*")]
    return sum(file.lstat().st_size for file in files if not file.is_dir() or file.is_symlink())


def _time_all(clone: Path, seconds: Seconds, cpu: Seconds, stages: Seconds, *, tests: bool) -> list[str]:
    """Time everything in a clone; return the files that Git calls changed after the first `make repro`."""

    def timed(name: str, target: str, found: Seconds | None = None) -> None:
        before = _cpu()
        seconds[name].append(_run(["make", target], clone, found))
        cpu[name].append(_cpu() - before)

    timed("set-up", ".venv/.ready")
    timed("repro", "repro", stages)
    words = ["git", "-C", str(clone), "status", "--porcelain"]
    changed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    timed("repro again", "repro")
    if tests:
        timed("tests", "test")
    return changed


def _cpu() -> float:
    """Return the CPU seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _run(command: list[str], place: Path, stages: Seconds | None = None) -> float:
    """Run a command, pass its output on, and return its seconds; add those of the stages it tells of to `stages`.

    Raises:
        SystemExit: when it fails; what it said is on the screen.
    """
    surroundings = {name: value for name, value in os.environ.items() if name not in own_variables}
    begun = [("", time.monotonic())]
    started = begun[0][1]
    with subprocess.Popen(command, cwd=place, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            if found := stage.search(line):
                begun.append((found[1], time.monotonic()))
    ended = time.monotonic()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}; nothing is recorded")
    for (name, start), (_, end) in pairwise([*begun, ("", ended)][1:]):
        if stages is not None:
            stages[name].append(end - start)
    return ended - started


if __name__ == "__main__":
    typer.run(repro)
