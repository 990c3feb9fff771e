"""`lossbench report`: the claims board, and a page for every suite with verdicts, figures and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cli.context import open_workspace
from benchmark.cli.options import ReadFromOption

if TYPE_CHECKING:
    from benchmark.suite.folder import SuiteFolder


def report(results: ReadFromOption = None) -> None:
    """Write reports/latest from the results that are there.

    That is index.html, and a page for every suite. index.html says what was found, and has a claims board with
    a column for the latest results and one for each published: evidence in front, the regression check behind.
    Suites that have not run are shown as such. index.md says the same for a pull request, and CSV files hold
    every number. Figures that are left out are named here, each with its reason.
    """
    from benchmark.report.pages.page import write_report
    from benchmark.suite.folder import available, find

    workspace, _ = open_workspace()
    workspace = replace(workspace, tables=results)
    folders = [find(name, workspace.suites) for name in available(workspace.suites)]
    _check_names(folders)
    paths = write_report(workspace, folders)
    for line in paths.left_out:
        print(f"no figure: {line}")
    print(f"report: {paths.html}")
    elsewhere = f" --results {results}" if results else ""
    print(_next(workspace.results, [folder.name for folder in folders], elsewhere))


def _next(results: Path, suites: Sequence[str], elsewhere: str) -> str:
    """Say what is missing, and the next command."""
    ran = [name for name in suites if (results / name / "records.parquet").is_file()]
    if not ran:
        suite = "|".join(suites) or "SUITE"
        return f"nothing has run yet, so that it shows no verdicts; next: lossbench run {suite}{elsewhere}"
    unjudged = [name for name in ran if not (results / name / "verdicts.json").is_file()]
    if unjudged:
        judge = f"lossbench judge {unjudged[0]}{elsewhere}"
        return f"without verdicts: {', '.join(unjudged)}; next: {judge}, and lossbench report{elsewhere}"
    return f"next:   lossbench ui, or freeze it: lossbench publish NAME{elsewhere} --why '...'"


def _check_names(folders: Sequence[SuiteFolder]) -> None:
    """Refuse names that no record answers to: a figure of them would be left out without a word."""
    from benchmark.suite.claim_names import FaultyName, check_claims, check_figures, check_ids

    check_ids(folders)
    for folder in folders:
        try:
            check_claims([folder])
            check_figures(folder)
        except FaultyName:
            raise
        except Exception as error:  # a suite's own code raises whatever it likes; the report says it, too
            print(f"{folder.name}: cannot be read in full: {type(error).__name__}: {error}")
