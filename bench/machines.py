"""`python -m bench.machines`: the profile ci on virtual machines, held against the baseline.

A virtual machine is this one with other vector instructions, threads or versions, as another processor or installation
would have: sweep, run and judge of every suite are computed anew, each with a run store of its own. Writes
bench/results/machines.json:
    baseline: platform and processor that made it.
    machines: for each name, environment, torch, `against` (hash of the baseline's records), and by suite `n_numbers`,
        `n_equal` (to the last bit), `n_different` (beyond the tolerance of `lossbench check`), `worst` (largest
        deviation in units of the size), `worst_at`, `verdicts` that differ and `swept` arms that chose another point;
        `capability`, the vector instructions that torch says it uses; and `provenance`: commit, machine and versions,
        as in every benchmark.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import typer

from bench.results import folder, root
from benchmark.published.check.deviations import compare
from benchmark.published.check.keyed_numbers import numbers
from benchmark.results import records
from benchmark.results.provenance import git_state, machine, read_provenance, versions
from benchmark.results.published import read_published
from benchmark.store.files import sha256, write_atomic
from benchmark.suite.tuning import points_in_force

Pythons = Annotated[
    list[str] | None, typer.Option("--python", help="Another installation, with other versions of torch.")
]
Only = Annotated[
    list[str] | None, typer.Option(help="Only machines whose name has this in it; others are kept.")
]


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A name for people, variables that make it, and an interpreter with its packages."""

    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    python: str = sys.executable


here = (
    Machine(name="as it is"),
    Machine(name="torch without vector instructions", environment={"ATEN_CPU_CAPABILITY": "default"}),
    Machine(name="torch with AVX2", environment={"ATEN_CPU_CAPABILITY": "avx2"}),
    Machine(
        name="AVX2 in torch, MKL, oneDNN and NumPy",
        environment={
            "ATEN_CPU_CAPABILITY": "avx2",
            "MKL_CBWR": "AVX2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell",
        },
    ),
    Machine(
        name="AVX in MKL, oneDNN and NumPy",
        environment={"MKL_CBWR": "AVX", "ONEDNN_MAX_CPU_ISA": "AVX", "OPENBLAS_CORETYPE": "Sandybridge"},
    ),
    Machine(
        name="SSE in torch, MKL, oneDNN and NumPy",
        environment={
            "ATEN_CPU_CAPABILITY": "default",
            "MKL_CBWR": "COMPATIBLE",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "OPENBLAS_CORETYPE": "Nehalem",
        },
    ),
    Machine(name="MKL of any processor", environment={"MKL_CBWR": "COMPATIBLE"}),
    Machine(name="two threads", environment={"LOSSBENCH_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}),
)


def machines(python: Pythons = None, only: Only = None) -> None:
    """Compute the profile ci on every virtual machine, and hold it against the baseline (minutes each).

    What was held against another baseline is dropped.
    """
    path = folder / "machines.json"
    against = baseline_digest()
    known = json.loads(path.read_bytes())["machines"] if only and path.is_file() else []
    known = [entry for entry in known if entry.get("against") == against]
    # the processor of the baseline, as it is, is no other machine
    own = here[1:] if machine()["processor"] == _baseline()["processor"] else here
    wanted = [*own, *(Machine(name=f"torch {torch_of(one)}", python=one) for one in python or ())]
    chosen = [one for one in wanted if not only or any(word in one.name for word in only)]
    found = {entry["name"]: entry for entry in known} | {one.name: _looked_at(one) for one in chosen}
    for name, why in _no_other_machines(found):
        typer.echo(f"left out: {name}, {why}")
        del found[name]
    record = {"baseline": _baseline(), "machines": list(found.values())}
    write_atomic(path, (json.dumps(record, indent=1) + "\n").encode())
    typer.echo(f"wrote {path.relative_to(root)}; next: python -m docs.generate")


def _no_other_machines(found: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the names of those whose settings say nothing here, and why, as AVX2 where a processor has no more."""
    said: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for name, entry in found.items():
        suites = entry["suites"]
        is_equal = all(suite["n_equal"] == suite["n_numbers"] for suite in suites.values())
        if is_equal and entry["environment"]:
            said.append((name, "whose settings change no bit of the baseline"))
            continue
        first = seen.setdefault(json.dumps(suites, sort_keys=True), name)
        if first != name:
            said.append((name, f"whose numbers are those of {first}"))
    return said


def torch_of(python: str) -> str:
    """Return the version of torch that an interpreter has."""
    words = [python, "-c", "from importlib.metadata import version; print(version('torch'))"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip().partition("+")[0]


def _looked_at(one: Machine) -> dict[str, Any]:
    baseline = read_published(root / "reports" / "baseline")
    with tempfile.TemporaryDirectory(prefix="lossbench-machine-") as scratch:
        place = Path(scratch)
        for suite in baseline.suites:
            _computed(one, suite, place)
        suites = {
            suite: _compared(baseline.path / "results" / suite, place / "results" / suite)
            for suite in baseline.suites
        }
    return {
        "name": one.name,
        "against": baseline_digest(),
        "environment": dict(one.environment),
        "torch": torch_of(one.python),
        "capability": _capability(one),
        "suites": suites,
        "provenance": _provenance(),
    }


def baseline_digest() -> str:
    """Return a hash over the records of the baseline, in the order of their suites."""
    tables = sorted((root / "reports" / "baseline" / "results").glob("*/records.parquet"))
    return sha256(b"".join(table.read_bytes() for table in tables))


def _capability(one: Machine) -> str:
    words = [one.python, "-c", "import torch; print(torch.backends.cpu.get_cpu_capability())"]
    surroundings = {**os.environ, **one.environment}
    return subprocess.run(words, env=surroundings, capture_output=True, text=True, check=True).stdout.strip()


def _computed(one: Machine, suite: str, place: Path) -> None:
    for command in ("sweep", "run", "judge"):
        words = [one.python, "-c", "from benchmark.cli.main import main; main()", command, suite]
        words += ["--results", str(place / "results")] + (["--no-tracking"] if command == "run" else [])
        surroundings = {
            **os.environ,
            **one.environment,
            "PYTHONPATH": str(root),
            "LOSSBENCH_RUNS": str(place / "runs"),
        }
        subprocess.run(words, cwd=root, env=surroundings, stdout=subprocess.DEVNULL, check=True)
        typer.echo(f"{one.name}: {command} {suite}")


def _compared(then: Path, now: Path) -> dict[str, Any]:
    expected, found = (numbers(records.read(path / "records.parquet")) for path in (then, now))
    comparison = compare(now.name, expected, found)
    return {
        "n_numbers": comparison.n_numbers,
        "n_equal": comparison.n_equal,
        "n_different": len(comparison.differences),
        "worst": float(f"{comparison.worst:.2g}"),
        "worst_at": comparison.worst_at,
        "verdicts": _other_verdicts(*(_json(path / "verdicts.json")["verdicts"] for path in (then, now))),
        "swept": _other_points(*(points_in_force(_json(path / "best.json")) for path in (then, now))),
    }


def _other_verdicts(then: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    names = dict.fromkeys([*then, *now])
    outcomes = {name: tuple(of.get(name, {}).get("outcome", "none") for of in (then, now)) for name in names}
    return {name: " -> ".join(pair) for name, pair in outcomes.items() if pair[0] != pair[1]}


def _other_points(then: Any, now: Any) -> list[str]:
    """Return the arms whose point in force is another by more than rounding."""
    before, after = ({(arm, name): value for arm, name, value in points} for points in (then, now))
    is_same = {
        key: key in after and abs(after[key] - value) <= 1e-9 * abs(value) for key, value in before.items()
    }
    return sorted(
        {arm for (arm, _), same in is_same.items() if not same}
        | {arm for arm, _ in after.keys() - before.keys()}
    )


def _baseline() -> dict[str, Any]:
    published = read_published(root / "reports" / "baseline")
    first = read_provenance(published.path / "results" / published.suites[0])
    return {"processor": first["machine"]["processor"], **published.platform}


def _provenance() -> dict[str, Any]:
    return {"git": git_state(root), "machine": machine(), "versions": versions()}


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


if __name__ == "__main__":
    typer.run(machines)
