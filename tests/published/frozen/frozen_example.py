"""The example suite, published, and ways in which it or what was published of it changes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmark.published.freeze import Declared, publish
from benchmark.report.words.csv_files import records_csv
from benchmark.results import records
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder, available, find
from tests.code import forget_code

declared = Declared(why="to see that it works")


def config_of(workspace: Workspace, **changes: Any) -> Any:
    return dataclasses.replace(find("example", workspace.suites).suite.profiles["ci"], **changes)


def suites_of(workspace: Workspace) -> dict[str, SuiteFolder]:
    return {name: find(name, workspace.suites) for name in available(workspace.suites)}


def freeze(workspace: Workspace, name: str = "first", **options: Any) -> Path:
    return publish(workspace, suites_of(workspace), name, declared=dataclasses.replace(declared, **options))


def show(workspace: Workspace) -> None:
    """Bring the report in step with the results, as far as publishing looks."""
    (workspace.reports / "latest/index.html").touch()
    frame = records.read(workspace.results / "example/records.parquet")
    (workspace.reports / "latest/example_records.csv").write_bytes(records_csv(frame))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    forget_code()


def rewrite(name: str, change: Callable[[Any], None]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))

    return spoil
