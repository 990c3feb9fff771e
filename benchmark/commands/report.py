"""`lossbench report`: the page with verdicts, figures and tables."""

from __future__ import annotations

from benchmark.commands.context import open_workspace


def report() -> None:
    """Write reports/latest from the results that are there.

    Suites that have not run are shown as such.
    """
    from benchmark.report.page import write_report
    from benchmark.suite import available, find

    workspace, _ = open_workspace()
    paths = write_report(workspace, [find(name, workspace.suites) for name in available(workspace.suites)])
    print(f"report: {paths.html}")
    print("next:   lossbench ui, or freeze it: lossbench publish NAME --why '...'")
