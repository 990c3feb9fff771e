"""One report of a suite with results and figures, for all tests that only read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.report.pages.page import write_report
from tests.report import synthetic
from tests.report.tags import Tags


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finished")
    workspace, folder = synthetic.finished(root, figures=True)
    write_report(workspace, [folder])
    return root / "reports" / "latest"


@pytest.fixture(scope="session")
def page(finished: Path) -> Tags:
    """The page of the suite."""
    return Tags((finished / f"{synthetic.name}.html").read_text())


@pytest.fixture(scope="session")
def landing(finished: Path) -> Tags:
    return Tags((finished / "index.html").read_text())
