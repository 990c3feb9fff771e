"""`lossbench init` and `lossbench params`: a workspace and its settings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from benchmark.cli.context import BadInput
from benchmark.store.workspace import Workspace, find_workspace, params_name

template = Path(__file__).parent / "template"
hidden = "dot_"  # how the names of hidden files begin in the template, where packaging would overlook a dot


def init(
    folder: Annotated[
        Path, Argument(help="Folder for the workspace; made when it is not there.", show_default=False)
    ],
) -> None:
    """Make a workspace with an example suite.

    It runs as it is; change it into your own.
    """
    from benchmark.suite.params_file import update

    if (folder / params_name).exists():
        raise BadInput(f"{folder / params_name} exists; this is a workspace already")
    for source in sorted(
        path for path in template.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ):
        name = source.relative_to(template).as_posix()
        target = folder / (f".{name.removeprefix(hidden)}" if name.startswith(hidden) else name)
        if target.exists():
            raise BadInput(f"{target} exists; choose an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    workspace = Workspace(folder)
    update(workspace.params, workspace.suites)
    print(f"workspace: {folder}")
    print(f"next:      cd {folder} && lossbench run example")
    print("with DVC:  git init && dvc init && dvc repro")


def params(
    check: Annotated[
        bool, Option("--check", help="Write nothing; fail when the file is not in step.")
    ] = False,
) -> None:
    """Bring params.yaml in step with the suites; your values stay."""
    from benchmark.suite.params_file import is_in_step, update

    workspace = find_workspace()
    if check:
        if not is_in_step(workspace.params, workspace.suites):
            raise BadInput(f"{workspace.params} is not in step with the suites; run: lossbench params")
        return
    changed = update(workspace.params, workspace.suites)
    print(f"{workspace.params}: {'written' if changed else 'already in step'}")
