"""Measure tolerances: compute the same cells in several ways that differ in float noise alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark import records
from benchmark.files import write_atomic
from benchmark.identity import package_root
from benchmark.provenance import machine, processor
from benchmark.regression.numbers import keys, numbers
from benchmark.regression.tolerances import file_name, floors, measured, safety
from benchmark.workspace import Workspace

Environment = Mapping[str, str]
two_threads = {
    "LOSSBENCH_THREADS": "2",
    "OMP_WAIT_POLICY": "PASSIVE",
}  # waiting actively, they starve one another
no_vectors = {"ATEN_CPU_CAPABILITY": "default"}
avx2 = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
oldest = {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41", "MKL_CBWR": "COMPATIBLE"}


class CalibrationFailed(RuntimeError):
    """A variant could not be computed; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One way to compute.

    Attributes:
        name: for people.
        environment: variables that set it.
        python: the interpreter, and with it the versions of the packages.
        most_seeds: how many of the seeds are computed so, from the first; None for all.
    """

    name: str
    environment: Environment = field(default_factory=dict)
    python: str = sys.executable
    most_seeds: int | None = None


def variants(pythons: Sequence[str]) -> tuple[Variant, ...]:
    """Return the ways to compute that this machine has: as it is first, then others, then other installations."""
    found = [
        Variant(name="as it is"),
        Variant(name="two threads", environment=two_threads, most_seeds=2),  # slow on small networks
        Variant(name="no vector instructions in torch", environment=no_vectors),
        Variant(name="oldest instructions in torch, oneDNN and MKL", environment=oldest),
    ]
    if "avx512f" in _flags():
        found.append(Variant(name="AVX2 in place of AVX-512", environment=avx2))
    return (*found, *(Variant(name=f"torch {torch_of(path)}", python=path) for path in pythons))


def calibrate(
    suites: Sequence[Path],
    workspace: Workspace,
    *,
    seeds: Sequence[int],
    n_workers: int,
    ways: Sequence[Variant],
    note: Callable[[str], None],
) -> Iterator[Path]:
    """Measure the tolerances of suites and write them beside each suite; yield every file that was written.

    What was computed stays below runs/calibrate, so that the same command goes on after it was stopped.

    Raises:
        CalibrationFailed: naming the variant.
    """
    for suite in suites:
        folders = []
        for way in ways:
            note(f"{suite.name}: {way.name}")
            folders.append(_computed(suite, way, workspace.runs / "calibrate", seeds, n_workers))
        path = suite / file_name
        write_atomic(path, text_of(_content(folders, ways)).encode())
        yield path


def _computed(suite: Path, way: Variant, place: Path, seeds: Sequence[int], n_workers: int) -> Path:
    """Run a suite in a process with its own environment and run store; return the folder of its tables."""
    root = place / "".join(letter if letter.isalnum() else "-" for letter in way.name)
    command = [way.python, "-c", "from benchmark.cli import main; main()", "run", str(suite)]
    n_side_by_side = max(1, n_workers // int(way.environment.get("LOSSBENCH_THREADS", "1")))
    chosen = ",".join(map(str, seeds[: way.most_seeds]))
    command += ["--seeds", chosen, "--results", str(root / "results"), "--jobs", str(n_side_by_side)]
    inherited = [str(package_root.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [*command, "--device", "cpu", "--no-tracking"],
        env={
            **os.environ,
            "LOSSBENCH_RUNS": str(root / "runs"),
            "PYTHONPATH": os.pathsep.join(inherited),
            **way.environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CalibrationFailed(f"{suite.name}, {way.name}: {done.stderr.strip()[-2000:]}")
    return root / "results" / suite.name


def _content(folders: Sequence[Path], ways: Sequence[Variant]) -> dict[str, Any]:
    tables = [numbers(records.read(folder / "records.parquet")) for folder in folders]
    provenances = [json.loads((folder / "provenance.json").read_bytes()) for folder in folders]
    first = tables[0]
    described = [
        {
            "name": way.name,
            "environment": dict(way.environment),
            "seeds": len(table["seed"].unique()),
            "torch": provenance["numerics"]["torch"],
            "numpy": provenance["versions"]["numpy"],
            "equal_to_the_first": _share_equal(first, table),
        }
        for way, table, provenance in zip(ways, tables, provenances, strict=True)
    ]
    made = {
        "by": "lossbench check --calibrate",
        "seeds": sorted(int(seed) for seed in first["seed"].unique()),
        "n_numbers": len(first),
        "safety": safety,
        "floors": {name: list(pair) for name, pair in floors.items()},
        "processor": processor(),
        "architecture": machine()["architecture"],
        "variants": described,
    }
    return {"made": made, "groups": sorted(first["group"].unique()), "tolerances": measured(tables)}


def _share_equal(one: Any, other: Any) -> float:
    merged = one.merge(other[[*keys, "value"]], on=keys, suffixes=("", "_other"))
    same = (merged["value"] == merged["value_other"]) | (
        merged["value"].isna() & merged["value_other"].isna()
    )
    return round(float(same.sum()) / len(other), 4)


def text_of(content: Mapping[str, Any]) -> str:
    """Return JSON with a line for each measure of each group, so that changes can be read."""
    head = [f" {json.dumps(name)}: {_indented(content[name])}" for name in ("made", "groups")]
    groups = [
        f"  {json.dumps(group)}: {{\n"
        + ",\n".join(f"   {json.dumps(band)}: {json.dumps(pairs)}" for band, pairs in bands.items())
        + "\n  }"
        for group, bands in content["tolerances"].items()
    ]
    return "{\n" + ",\n".join([*head, ' "tolerances": {\n' + ",\n".join(groups) + "\n }"]) + "\n}\n"


def _indented(content: Any) -> str:
    return json.dumps(content, indent=1).replace("\n", "\n ")


def torch_of(python: str) -> str:
    """Return the version of torch that an interpreter has."""
    words = [python, "-c", "from importlib.metadata import version; print(version('torch'))"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError) as error:
        raise CalibrationFailed(f"--python {python}: it has no torch, or is no Python ({error})") from error
    return done.stdout.strip().partition("+")[0]


def _flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())
