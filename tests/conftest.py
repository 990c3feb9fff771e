"""What tests of all folders share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import warm


@pytest.fixture(scope="session")
def commands() -> Iterator[Path]:
    """A folder with `python`, `lossbench` and `dvc` that start by fork, see `tests.warm`."""
    with tempfile.TemporaryDirectory() as folder, warm.serving(Path(folder)) as found:
        yield found


@pytest.fixture(scope="module")
def forked(commands: Path) -> Iterator[None]:
    """Let runs and sweeps in this process start their workers and feeders by fork, too."""
    from benchmark.runner import complete
    from benchmark.sweep.engine import sweep

    python = str(commands / "python")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.executable", python)
        for function in (complete, sweep):
            assert function.__kwdefaults__ is not None
            patched.setitem(function.__kwdefaults__, "worker", (python, "-m", "benchmark.worker"))
        yield
