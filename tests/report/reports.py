"""Reports of one suite, and their files."""

from __future__ import annotations

from pathlib import Path

from benchmark.report.pages import clocks
from benchmark.report.pages.page import write_report
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder


def report(root: Path, folder: SuiteFolder) -> str:
    """Return the page of a suite, of a report of it alone, as a reader sees it."""
    path = write_report(Workspace(root), [folder]).pages[folder.name]
    return clocks.filled(path.read_text(), clocks.read(path.with_name(clocks.script_name)))


def read(root: Path, name: str) -> str:
    return (root / "reports" / "latest" / name).read_text()
