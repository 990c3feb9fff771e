"""`lossbench publish` and `verify`: freeze the latest report under a name, and look whether it still is what it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Exit, Option

from benchmark.cli.context import BadInput, check_name, open_workspace
from benchmark.cli.options import JsonOption, ReadFromOption
from benchmark.cli.output import print_json
from benchmark.store.workspace import Workspace, find_workspace

if TYPE_CHECKING:
    from benchmark.published.verify import Finding
    from benchmark.suite.folder import SuiteFolder


def publish(
    name: Annotated[str, Argument(help="For example h100-small; `baseline` is what `lossbench check` compares with.",
                                  show_default=False)],
    why: Annotated[str, Option(help="What this run is good for, in a sentence.", show_default=False)],
    allow_failed: Annotated[
        int, Option(min=0, metavar="N", help="Declare that up to N networks or measures failed.")
    ] = 0,
    allow_dirty: Annotated[
        bool, Option("--allow-dirty", help="Declare that the working tree differs from its commit.")
    ] = False,
    results: ReadFromOption = None,
) -> None:  # fmt: skip
    """Freeze reports/latest with its records as reports/NAME.

    Refused are results that the code here would not make, failures that are not declared, and a working tree that
    differs from its commit. A baseline holds every suite in profile ci with 10 seeds or more. Commit the folder: no
    run ever touches it.
    """
    from benchmark.published.freeze import CannotPublish, Declared
    from benchmark.published.freeze import publish as freeze

    check_name(name, "a published report")
    if name == "latest":
        raise BadInput("latest is what a run writes, and no name for a published report; choose another")
    if not why.strip():
        raise BadInput("--why is empty; say in a sentence what this run is good for")
    workspace, _ = open_workspace()
    declared = Declared(why=why.strip(), allowed_failures=allow_failed, allow_dirty=allow_dirty)
    try:
        folder = freeze(replace(workspace, tables=results), _suites(workspace), name, declared=declared)
    except CannotPublish as error:
        raise BadInput(str(error)) from error
    print(f"published: {folder}")
    print(f"next:      git add {folder.relative_to(workspace.root)} && git commit")


def verify(
    folder: Annotated[Path, Argument(help="For example reports/baseline.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Look whether a published report is what it was.

    Checks hashes, records, verdicts and provenance. Verdicts are computed anew from the records, offline. Exit code
    1 for damage, 0 where only the claims, the rule or the code have changed since, which is told.
    """
    from benchmark.published.verify import verify as look

    workspace, _ = open_workspace()
    place = folder if folder.is_dir() else workspace.reports / folder
    if not place.is_dir():
        names = sorted(path.parent.name for path in workspace.reports.glob("[!.]*/published.json"))
        raise BadInput(f"there is no folder {folder}; published here: {', '.join(names) or 'nothing'}")
    findings = look(place.resolve(), _suites(workspace))
    damaged = [finding for finding in findings if finding.is_damage]
    if as_json:
        print_json({"name": place.name, "intact": not damaged, "findings": [f.as_dict() for f in findings]})
    else:
        print(_told(place, findings))
    if damaged:
        raise Exit(1)


def index(path: Annotated[Path, Argument(help="Where to write it.")]) -> None:
    """Write which results are published, for DVC to compare: a page shows them beside the latest."""
    from benchmark.results.published import write_index

    write_index(find_workspace(), path)


def _told(place: Path, findings: list[Finding]) -> str:
    damaged = sum(finding.is_damage for finding in findings)
    lines = [f"{'damage' if finding.is_damage else 'note'}: {finding.text}" for finding in findings]
    notes = len(findings) - damaged
    state = f"{damaged} damages" if damaged else "intact"
    return "\n".join([*lines, f"{place.name}: {state}" + (f", {notes} notes" if notes else "")])


def _suites(workspace: Workspace) -> dict[str, SuiteFolder]:
    from benchmark.suite.folder import available, find

    return {name: find(name, workspace.suites) for name in available(workspace.suites)}
