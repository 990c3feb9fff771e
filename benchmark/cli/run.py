"""`lossbench run`: complete a suite."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Option

from benchmark.cli.context import lay_out
from benchmark.cli.options import (
    DeviceOption,
    DryRunOption,
    JobsOption,
    JsonOption,
    ProfileOption,
    SettingsOption,
    SuiteArgument,
    WriteToOption,
)
from benchmark.cli.output import duration, print_json, print_rows
from benchmark.cli.progress_bar import progress
from benchmark.cli.request import (
    Pin,
    Request,
    read_request,
    results_of,
    stopped_by_signals,
    with_data,
)

if TYPE_CHECKING:
    from benchmark.run.complete import Forecast, Outcome
    from benchmark.store.workspace import Workspace
    from benchmark.suite.plan import Plan
    from benchmark.tracking.feed import Feed

shown_failures = 10


def run(
    suite: SuiteArgument,
    profile: ProfileOption = None,
    settings: SettingsOption = None,
    seeds: Annotated[str | None, Option(help="Seeds: 0-9, 3, or 0,1,2.")] = None,
    jobs: JobsOption = None,
    device: DeviceOption = None,
    dry_run: DryRunOption = False,
    as_json: JsonOption = False,
    results: WriteToOption = None,
    no_tracking: Annotated[bool, Option("--no-tracking", help="Do not feed MLflow.")] = False,
) -> None:
    """Train and measure what a suite lacks, and write its tables.

    What was computed before is not computed again. Stop it at any time: the same command resumes. A network that
    fails is a row of the tables; `lossbench check --failed` then says how to try it again.
    """
    request = read_request(suite, profile=profile, settings=settings or [], seeds=seeds, device=device)
    plan = with_data(lambda pin: planned(request, results, pin), needed=not dry_run)
    if dry_run:
        _show_forecast(plan, request, jobs, as_json)
        return
    folder = results_of(request, results, command="run")
    if not as_json:
        print(f"results: {folder}", flush=True)
    outcome = _complete(plan, request, jobs, folder, tracked=not no_tracking)
    then = ["lossbench", "judge", suite, *(["--results", str(results)] if results else [])]
    _show_outcome(outcome, as_json, next_command=shlex.join(then))


def planned(request: Request, results: Path | None, pin: Pin) -> Plan:
    """Lay out the cells, those of the tuned arm too where a sweep has answered what this Config asks."""
    from benchmark.suite.tuning import with_winners

    folders = [place / request.folder.name for place in (results, request.workspace.results) if place]
    config, note = with_winners(request.question(pin), [folder / "best.json" for folder in folders])
    if note:
        print(f"lossbench: {note}; first: {request.command('sweep', results=results)}", file=sys.stderr)
    return lay_out(request.folder, profile=request.profile, config=config, pin=pin)


def _complete(plan: Plan, request: Request, jobs: int | None, folder: Path, *, tracked: bool) -> Outcome:
    from benchmark.run.complete import complete

    with stopped_by_signals(), progress() as show:
        return complete(
            plan,
            request.workspace,
            device=request.device,
            n_workers=jobs,
            on_event=show,
            start_feed=_feed_starter(request.workspace, folder) if tracked else None,
            results=folder,
            command=request.command("run"),
        )


def _feed_starter(
    workspace: Workspace, results: Path
) -> Callable[[dict[str, Any], dict[str, dict[str, Any]]], Feed] | None:
    """Return what starts a feed to MLflow, where that is installed; whatever it misses, `lossbench sync` adds."""
    if find_spec("mlflow") is None:
        return None
    from benchmark.tracking.feed import start_feed

    feed, uri = workspace.runs / "feed", workspace.tracking_uri
    return lambda head, cells: start_feed(feed, uri, head, cells, results=results)


def _show_forecast(plan: Plan, request: Request, jobs: int | None, as_json: bool) -> None:
    from benchmark.run.complete import forecast

    found = forecast(plan, request.workspace, device=request.device, n_workers=jobs)
    if as_json:
        print_json({"suite": plan.suite.name, "profile": plan.profile, **vars(found)})
        return
    print(f"suite {plan.suite.name}, profile {plan.profile}")
    for line in _forecast_lines(found):
        print(line)


def _forecast_lines(found: Forecast) -> Sequence[str]:
    time_left = "time not known" if found.seconds is None else f"about {duration(found.seconds)}"
    missing = [f"  {name}" for name in found.missing[:shown_failures]]
    more = len(found.missing) - len(missing)
    return [
        f"cells    {found.n_cells}, of which {found.n_trained} are in the store",
        f"measures {found.n_jobs}, of which {found.n_measured} are in the store",
        f"to do    {time_left}",
        *missing,
        *([f"  and {more} more"] if more else []),
    ]


def _show_outcome(outcome: Outcome, as_json: bool, *, next_command: str) -> None:
    if as_json:
        print_json({**vars(outcome), "results": str(outcome.results)})
        return
    rows = [{"status": status, "cells": n} for status, n in sorted(outcome.by_status.items())]
    print_rows(rows, as_json=False)
    for name, reason in outcome.failures[:shown_failures]:
        print(f"failed: {name}: {reason}")
    if len(outcome.failures) > shown_failures:
        print(f"and {len(outcome.failures) - shown_failures} more; all reasons are in the records")
    print(f"{outcome.n_computed} tasks in {duration(outcome.seconds)}; next: {next_command}")
