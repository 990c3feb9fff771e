"""What every command begins with: the workspace, its settings, a suite."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.store.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from benchmark.suite.folder import SuiteFolder
    from benchmark.suite.params import Params
    from benchmark.suite.plan import Plan

legal_name = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class BadInput(ValueError):
    """Something the user typed cannot be done; the message says why and what to type instead."""


def open_workspace() -> tuple[Workspace, Params]:
    """Return the workspace around the working directory with its checked settings; point `benchmark.data` to its data.

    `$LOSSBENCH_DATA` wins over params.yaml, as environments do over files.
    """
    from benchmark.suite.params import read

    workspace = find_workspace()
    params = read(workspace.params, workspace.suites)
    os.environ.setdefault(
        "LOSSBENCH_DATA", str((workspace.shared / Path(params.data).expanduser()).resolve())
    )
    return workspace, params


def find_suite(reference: str, workspace: Workspace) -> SuiteFolder:
    """Return the suite of that name in the workspace, or in that folder."""
    from benchmark.suite.folder import find

    if "/" not in reference:
        require_workspace(workspace, f"no suite {reference!r}")
    return find(reference, workspace.suites)


def require_workspace(workspace: Workspace, lacking: str) -> None:
    """Refuse to look for something where there is no workspace, `lacking` being what there cannot be.

    Raises:
        BadInput: naming the folder, and what to do.
    """
    if not workspace.params.is_file() and not workspace.suites.is_dir():
        raise BadInput(
            f"{workspace.root} is no workspace, so that there is {lacking}; change into one (a folder "
            "with params.yaml), or make one: lossbench init FOLDER"
        )


def suites_with_claims(workspace: Workspace) -> dict[str, SuiteFolder]:
    """Return all suites of the workspace by name, their claims checked.

    Raises:
        FaultyName: when an id is used twice, or a claim reads a quantity that its measure does not have.
    """
    from benchmark.suite.claim_names import check_claims
    from benchmark.suite.folder import available, find

    found = {name: find(name, workspace.suites) for name in available(workspace.suites)}
    check_claims(found.values())
    return found


def lay_out(
    folder: SuiteFolder, *, profile: str, config: Any, pin: Callable[[Any], Any] | None = None
) -> Plan:
    """Return the plan of a suite.

    Raises:
        BadInput: when a spec refuses a value of the Config.
        DataMissing: when `pin` finds no data.
    """
    from benchmark.cells.data.manifest import DataMismatch
    from benchmark.suite.plan import plan

    try:
        return plan(folder, profile=profile, config=config, pin=pin)
    except DataMismatch:
        raise
    except ValueError as error:
        raise BadInput(f"{folder.name}: {error}") from error


def check_name(name: str, what: str) -> None:
    """Refuse what could leave its folder or collide with another name in one that ignores case."""
    if not legal_name.fullmatch(name):
        raise BadInput(
            f"{name!r} is no name for {what}; use 1 to 64 of a-z 0-9 . _ - and begin with a letter or digit"
        )
