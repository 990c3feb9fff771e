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


@pytest.fixture
def forked(commands: Path) -> Iterator[None]:
    """Let this test's own process start workers and feeders by fork; not for tests of a fresh interpreter."""
    with warm.forking(commands):
        yield
