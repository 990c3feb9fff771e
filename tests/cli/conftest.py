"""A workspace with the example suite, and the command line in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command_line import Lossbench, exit_code, forget_environment


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace with the example suite, entered."""
    forget_environment(monkeypatch)
    monkeypatch.chdir(tmp_path)
    assert exit_code("init", "project") == 0
    monkeypatch.chdir("project")
    return tmp_path / "project"


@pytest.fixture
def lossbench(workspace: Path, lossbench: Lossbench) -> Lossbench:
    """Call the command line in the workspace."""
    return lossbench
