"""A workspace with the example suite, and the command line in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.cli import main as cli

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace with the example suite, entered."""
    for name in ("LOSSBENCH_DATA", "LOSSBENCH_RUNS", "MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="0"):
        cli.main(["init", "project"])
    monkeypatch.chdir("project")
    return tmp_path / "project"


@pytest.fixture
def lossbench(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line; gives exit code, standard output and standard error."""
    capsys.readouterr()

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return call
