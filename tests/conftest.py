"""What tests of all folders share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import warm
from tests.command_line import Lossbench, exit_code, forget_environment


@pytest.fixture(scope="session")
def commands() -> Iterator[Path]:
    """A folder with `python`, `lossbench` and `dvc` that start by fork, see `tests.warm`."""
    with tempfile.TemporaryDirectory() as folder, warm.serving(Path(folder)) as found:
        yield found


@pytest.fixture
def forked(commands: Path) -> Iterator[None]:
    """Let this test's own process start workers and feeders by fork; not for tests of a fresh interpreter."""
    with warm.forking(commands):
        yield


@pytest.fixture
def by_autograd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all networks' landscapes go by autograd, those whose passes are written out, too."""
    monkeypatch.setattr("benchmark.landscape.loss.can_be_written_out", lambda *_: False)


@pytest.fixture
def lossbench(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lossbench:
    """Call the command line in this process; gives exit code, standard output and standard error."""
    forget_environment(monkeypatch)

    def call(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = exit_code(*words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call
