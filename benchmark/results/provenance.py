"""Where numbers come from: commit, versions, device, machine. No name of a person, a host or a folder.

It lies in two files. `provenance.json` holds what equal work has in common, and DVC hashes it; `invocation.json` beside
it says how the run went that wrote it: command, commit, clock, costs.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmark.store.files import sha256, write_atomic

facts_name, run_name = "provenance.json", "invocation.json"
of_run = ("command", "git", "started", "seconds")
of_machine = ("n_cpus",)
of_cell = ("seconds", "cached")  # what was in the run store already cost nothing
packages = (
    "lossbench",
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-learn",
    "pandas",
    "pyarrow",
    "safetensors",
)
written_by_runs = ("results", "reports", "dvc.lock", "dvclive")  # changes here do not make a tree dirty
vectors = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX"}  # flag of the processor -> instructions


def write_provenance(folder: Path, told: Mapping[str, Any]) -> None:
    """Write what is known of a run into both files; `read_provenance` puts it together again."""
    facts, run = split(told)
    data = (json.dumps(facts, indent=1, sort_keys=True) + "\n").encode()
    write_atomic(folder / facts_name, data)
    text = json.dumps({"of": sha256(data), **run}, indent=1, sort_keys=True) + "\n"
    write_atomic(folder / run_name, text.encode())


def read_provenance(folder: Path) -> dict[str, Any]:
    """Return what is known of the run that left its tables in a folder.

    Where DVC brought tables back, an invocation may be missing, or be that of other tables: then it is left out. What
    was published before there were two files has everything in one.

    Raises:
        OSError: when there is no provenance.
        ValueError: when it is no JSON object.
    """
    data = (folder / facts_name).read_bytes()
    facts = json.loads(data)
    if not isinstance(facts, dict):
        raise ValueError(f"expected a JSON object, found {type(facts).__name__}")
    try:
        run = json.loads((folder / run_name).read_bytes())
        return merged(facts, run) if run.pop("of") == sha256(data) else facts
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return facts


def split(told: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what equal work has in common, and how this run went."""
    facts, run = _parted(told, of_run)
    if "machine" in facts:
        facts["machine"], run["machine"] = _parted(facts["machine"], of_machine)
    cells = {key: _parted(cell, of_cell) for key, cell in facts.get("cells", {}).items()}
    if cells:
        facts["cells"] = {key: fact for key, (fact, _) in cells.items()}
        run["cells"] = {key: cost for key, (_, cost) in cells.items()}
    return facts, run


def merged(facts: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, Any]:
    """Return both as one; the inverse of `split`."""
    both = dict(facts)
    for name, value in run.items():
        both[name] = merged(both.get(name, {}), value) if isinstance(value, dict) else value
    return both


def _parted(told: Mapping[str, Any], names: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    rest = {name: value for name, value in told.items() if name not in names}
    return rest, {name: told[name] for name in names if name in told}


def git_state(root: Path) -> dict[str, Any]:
    """Return `{"sha": ..., "dirty": ...}` of the working tree at `root`; both None outside a Git repository.

    Dirty means that a file that is not ignored differs from the commit, results and reports aside.
    """
    try:
        sha = _git(root, "rev-parse", "HEAD")
        excluded = [f":(exclude){name}" for name in written_by_runs]
        changes = _git(root, "status", "--porcelain", "--untracked-files=normal", "--", ".", *excluded)
    except (OSError, subprocess.SubprocessError):
        return {"sha": None, "dirty": None}
    return {"sha": sha, "dirty": bool(changes)}


def versions() -> dict[str, str | None]:
    """Return the versions of Python and of the packages that can change numbers; None for one not installed."""
    return {"python": platform.python_version()} | {name: _version(name) for name in packages}


def device(name: str) -> dict[str, str]:
    """Return kind and model of a device such as "cpu" or "cuda:1"."""
    kind = name.partition(":")[0]
    if kind != "cuda":
        return {"kind": kind, "name": processor()}
    import torch

    return {"kind": kind, "name": torch.cuda.get_device_name(name)}


def machine() -> dict[str, Any]:
    """Return what kind of machine this is."""
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "processor": processor(),
        "n_cpus": n_cpus(),
    }


def platform_of(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Return what of a run's provenance the same numbers are promised on; equal dictionaries are one platform.

    The number of processors is no part of it, for every worker computes with as many threads as `numerics` says.
    """
    told: dict[str, Mapping[str, Any]] = {
        name: provenance.get(name) or {} for name in ("device", "numerics", "machine", "versions")
    }
    facts = {
        "device": " ".join(str(told["device"][name]) for name in ("kind", "name") if name in told["device"]),
        "machine": " ".join(
            str(told["machine"][name]) for name in ("system", "architecture") if name in told["machine"]
        ),
        "threads": str(told["numerics"].get("threads", "")),
        "torch": str(told["numerics"].get("torch", "")),
        "numpy": str(told["versions"].get("numpy") or ""),
    }
    return {name: fact or "unknown" for name, fact in facts.items()}


def n_cpus() -> int:
    """Return the number of CPUs that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Return the CPU's model and its widest vector instructions, as well as the system tells them.

    Models that share a name may differ in the latter, which decide the last bits of a number.
    """
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    model = facts.get("model name") or platform.processor() or platform.machine()
    flags = facts.get("flags", "").split()
    widest = next((name for flag, name in vectors.items() if flag in flags), None)
    return f"{model} with {widest}" if widest else model


def _git(root: Path, *arguments: str) -> str:
    # no optional locks: looking must not disturb a commit that the user makes meanwhile
    command = ["git", "--no-optional-locks", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout.strip()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
