"""A workspace in which something can be published."""

from __future__ import annotations

import pytest

from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests.made_results import write_results
from tests.published.frozen.frozen_example import config_of, show


@pytest.fixture
def workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The workspace with the example suite, its results and a report."""
    monkeypatch.setenv("LOSSBENCH_RUNS", str(workspace.root / "runs"))
    write_results(workspace.results, find("example", workspace.suites), config=config_of(workspace))
    latest = workspace.reports / "latest"
    latest.mkdir(parents=True)
    for name in ("index.html", "index.md", "plotly.min.js"):
        (latest / name).write_text('<a href="example_records.csv">records</a>')
    show(workspace)
    return workspace
