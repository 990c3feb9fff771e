"""`lossbench report`: the claims board, and a page for every suite with verdicts, figures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmark.cli.context import open_workspace

if TYPE_CHECKING:
    from benchmark.suite.folder import SuiteFolder


def report() -> None:
    """Write reports/latest from the results that are there.

    That is index.html, and a page for every suite. The claims board on index.html has a column for the latest
    results and one for each published. Suites that have not run are shown as such. index.md says the same for a
    pull request, and CSV files hold every number.
    """
    from benchmark.report.pages.page import write_report
    from benchmark.suite.folder import available, find

    workspace, _ = open_workspace()
    folders = [find(name, workspace.suites) for name in available(workspace.suites)]
    _check_names(folders)
    paths = write_report(workspace, folders)
    print(f"report: {paths.html}")
    print("next:   lossbench ui, or freeze it: lossbench publish NAME --why '...'")


def _check_names(folders: Sequence[SuiteFolder]) -> None:
    """Refuse names that no record answers to: a figure of them would be left out without a word."""
    from benchmark.suite.claim_names import FaultyName, check_claims, check_figures

    for folder in folders:
        try:
            check_claims([folder])
            check_figures(folder)
        except Exception as error:  # a suite that cannot be read is told of in the report
            if isinstance(error, FaultyName):
                raise
