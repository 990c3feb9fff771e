"""`lossbench doctor`: what is wrong with this machine or workspace."""

from __future__ import annotations

import os

from typer import Exit

from benchmark.cli.options import JsonOption
from benchmark.cli.output import print_rows
from benchmark.store.workspace import find_workspace


def doctor(as_json: JsonOption = False) -> None:
    """Look for what is wrong with this machine or workspace.

    Checks Python, packages, device, params.yaml, disk, data, Git and the pipeline; exit 1 when something is wrong.
    """
    from benchmark.cli.installation import examine

    workspace = find_workspace()  # not open_workspace: a bad params.yaml is a finding here
    os.environ.setdefault("LOSSBENCH_DATA", str(workspace.shared / "data"))
    findings = [vars(finding) for finding in examine(workspace)]
    print_rows(findings, as_json=as_json)
    if any(finding["state"] == "wrong" for finding in findings):
        raise Exit(1)
