"""A workspace with the example suite."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmark.store.workspace import Workspace
from tests import root


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the example suite, entered."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "benchmark/cli/template/suites/example", tmp_path / "suites/example")
    (tmp_path / "params.yaml").write_text("suites: {example: {}}\n")
    return Workspace(tmp_path)
