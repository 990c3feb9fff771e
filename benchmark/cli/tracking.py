"""`lossbench sync` and `lossbench ui`: MLflow, a view that can be rebuilt at any time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option

from benchmark.cli.context import BadInput, open_workspace


def sync(
    suites: Annotated[
        list[str] | None, Argument(help="By default all that have results.", show_default=False)
    ] = None,
    results: Annotated[
        Path | None,
        Option(help="Folder of the tables, as given to `lossbench run --results`.", show_default="results"),
    ] = None,
) -> None:
    """Bring MLflow in line with the results.

    Adds what is missing, and replaces what differs.
    """
    from benchmark.suite.folder import SuiteNotFound, available
    from benchmark.tracking.connection import TrackingUnavailable
    from benchmark.tracking.sync import sync as bring_in_line

    workspace, _ = open_workspace()
    if results is not None and not results.is_dir():
        raise BadInput(f"--results {results}: there is no such folder; give the one that a run wrote to")
    place = workspace.results if results is None else results
    for name in suites or ():
        if not (place / name / "records.parquet").is_file():
            where, again = ("", "") if results is None else (f" in {results}", f" --results {results}")
            known = ", ".join(available(workspace.suites))
            raise SuiteNotFound(
                f"there are no results of {name!r}{where}; run it: lossbench run {name}{again} (suites: {known})"
            )
    if not any(place.glob("*/*.*")):
        print(f"{place} holds no results yet; next: lossbench run SUITE")
        return
    try:
        for done in bring_in_line(workspace, suites or (), results=results):
            counts = (
                f"{done.n_written} {done.kind} written, {done.n_kept} unchanged, {done.n_removed} removed"
            )
            print(f"{done.suite}: {counts}")
    except TrackingUnavailable as error:
        print(f"lossbench: {error}", file=sys.stderr)
        raise Exit(1) from None


def ui(
    port: Annotated[int, Option(min=1, max=65535, help="Port to listen on, on this machine only.")] = 5000,
) -> None:
    """Open the MLflow server on this workspace's runs."""
    from benchmark.tracking.ui import ui as serve

    workspace, _ = open_workspace()
    if workspace.tracking_uri.startswith("http"):
        raise BadInput(
            f"MLFLOW_TRACKING_URI is {workspace.tracking_uri}: a server is there already; open it in a browser"
        )
    serve(workspace, port)
