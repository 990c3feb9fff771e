"""Checks of the machine and the workspace, each with a remedy."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmark.results import provenance
from benchmark.store.workspace import Workspace

State = Literal["ok", "note", "wrong"]
least_room = 2 * 10**9  # bytes


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing looked at: "wrong" stops work, "note" may surprise."""

    what: str
    state: State
    text: str


def examine(workspace: Workspace) -> Iterator[Finding]:
    """Yield a finding for each check; a check that raises is wrong."""
    checks: dict[str, Callable[[Workspace], Iterator[Finding]]] = {
        "python": _python,
        "packages": _packages,
        "device": _device,
        "params.yaml": _params,
        "runs": _runs,
        "data": _data,
        "git": _git,
        "pipeline": _pipeline,
    }
    for what, check in checks.items():
        try:
            yield from check(workspace)
        except Exception as error:  # whatever is broken here is what we are looking for
            yield Finding(what=what, state="wrong", text=f"{type(error).__name__}: {error}")


def _python(_: Workspace) -> Iterator[Finding]:
    is_new = sys.version_info >= (3, 11)
    text = f"{provenance.versions()['python']} in {sys.prefix}"
    yield Finding(
        what="python", state="ok" if is_new else "wrong", text=text if is_new else f"{text}; needs 3.11"
    )


def _packages(_: Workspace) -> Iterator[Finding]:
    found = provenance.versions()
    missing = [name for name, version in found.items() if version is None and name != "lossbench"]
    if missing:
        yield Finding(what="packages", state="wrong", text=f"missing: {', '.join(missing)}; run: make")
        return
    import torch
    import torchvision  # fails where it was built for another torch

    yield Finding(
        what="packages", state="ok", text=f"torch {torch.__version__}, torchvision {torchvision.__version__}"
    )


def _device(_: Workspace) -> Iterator[Finding]:
    import torch

    from benchmark.run.device import resolve_device

    found = resolve_device("auto")
    model = provenance.device(found)["name"]
    yield Finding(what="device", state="ok", text=f"auto is {found} ({model}), {provenance.n_cpus()} CPUs")
    if Path("/dev/nvidiactl").exists() and not torch.cuda.is_available():
        text = f"there is a GPU, but torch {torch.__version__} cannot use it; check the driver: nvidia-smi"
        yield Finding(what="device", state="note", text=text)


def _params(workspace: Workspace) -> Iterator[Finding]:
    from benchmark.suite.params import read

    if not workspace.params.exists():
        text = f"{workspace.root} has no params.yaml; make a workspace: lossbench init FOLDER"
        yield Finding(what="params.yaml", state="note", text=text)
        return
    params = read(workspace.params, workspace.suites)
    n_set = sum(map(len, params.suites.values()))
    yield Finding(what="params.yaml", state="ok", text=f"profile {params.profile}, {n_set} values set")


def _runs(workspace: Workspace) -> Iterator[Finding]:
    folder = next(path for path in (workspace.runs, *workspace.runs.parents) if path.exists())
    room = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        yield Finding(
            what="runs",
            state="wrong",
            text=f"{folder} cannot be written; set LOSSBENCH_RUNS to another folder",
        )
        return
    state: State = "ok" if room > least_room else "note"
    yield Finding(what="runs", state=state, text=f"{workspace.runs}, {room / 1e9:.0f} GB free")


def _data(_: Workspace) -> Iterator[Finding]:
    from benchmark.cells.data.catalog import names
    from benchmark.cells.data.manifest import data_dir, read_manifest
    from benchmark.cells.data.published_names import embedded

    here = [read_manifest(name).name for name in names()]
    yield Finding(
        what="data",
        state="ok",
        text=f"{' and '.join(embedded)} (embedded){''.join(f', {name}' for name in here)} in {data_dir()}",
    )


def _git(workspace: Workspace) -> Iterator[Finding]:
    state = provenance.git_state(workspace.root)
    if state["sha"] is None:
        text = "no commit here: results will not say what code made them, and dvc exp needs one"
        yield Finding(what="git", state="note", text=text)
        return
    dirty = ", with changes that are not committed" if state["dirty"] else ""
    yield Finding(what="git", state="note" if dirty else "ok", text=f"{state['sha'][:10]}{dirty}")


def _pipeline(workspace: Workspace) -> Iterator[Finding]:
    from importlib.util import find_spec

    missing = [name for name in ("dvc", "mlflow", "optuna") if find_spec(name) is None]
    if missing:
        text = f"not installed: {', '.join(missing)}; pip install 'lossbench[pipeline]'"
        yield Finding(what="pipeline", state="note", text=text)
    else:
        yield Finding(
            what="pipeline", state="ok", text=f"dvc, mlflow and optuna; tracking in {workspace.tracking_uri}"
        )
