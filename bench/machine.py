"""What a benchmark ran on: hardware, versions, threads and load. No name of a person, a host or a folder."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch

from benchmark.results.provenance import git_state, machine, n_cpus, versions

peers = ("pyhessian", "curvlinops-for-pytorch", "hessian-eigenthings", "loss-landscapes")


def provenance() -> dict[str, Any]:
    """Return what the times depend on."""
    own = versions()
    return {
        "git": git_state(Path(__file__).parent),
        "machine": machine(),
        "threads": torch.get_num_threads(),
        "versions": {name: own[name] for name in ("python", "lossbench", "torch", "numpy", "scipy")}
        | {name: version_of(name) for name in peers},
    }


def version_of(package: str) -> str:
    """Return the installed version of a package.

    Raises:
        SystemExit: where it is missing, with the command that installs it.
    """
    try:
        return version(package)
    except PackageNotFoundError:
        raise SystemExit(f"{package} is not installed; pip install 'lossbench[bench]'") from None


def load() -> float:
    """Return the load average of the last minute; NaN where the system has none."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def is_busy(loads: list[float]) -> bool:
    """Tell whether more processes wanted a core than there are: times are then shown but not judged."""
    return any(each > n_cpus() for each in loads)
