"""`lossbench report`: the claims board, and a page for every suite with verdicts, figures and tables."""

from __future__ import annotations

from benchmark.cli.context import open_workspace


def report() -> None:
    """Write reports/latest from the results that are there.

    That is index.html, and a page for every suite. The claims board on index.html has a column for the latest
    results and one for each published. Suites that have not run are shown as such. index.md says the same for a
    pull request, and CSV files hold every number. Figures that are left out are named here, each with its reason.
    """
    from benchmark.report.pages.page import write_report
    from benchmark.suite.folder import available, find

    workspace, _ = open_workspace()
    paths = write_report(workspace, [find(name, workspace.suites) for name in available(workspace.suites)])
    for line in paths.left_out:
        print(f"no figure: {line}")
    print(f"report: {paths.html}")
    print("next:   lossbench ui, or freeze it: lossbench publish NAME --why '...'")
