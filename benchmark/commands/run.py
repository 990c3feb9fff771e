"""`lossbench run`: complete a suite."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, Exit, Option

from benchmark.commands.context import BadInput, find_suite, lay_out, open_workspace
from benchmark.commands.output import duration, print_json, print_rows
from benchmark.commands.progress import progress

if TYPE_CHECKING:
    from benchmark.plan import Plan
    from benchmark.runner import Forecast, Outcome
    from benchmark.suite import SuiteFolder
    from benchmark.tracking.feed import Feed
    from benchmark.workspace import Workspace

shown_failures = 10


def run(
    suite: Annotated[
        str, Argument(help="Name of a suite, or the path of a folder that is one.", show_default=False)
    ],
    profile: Annotated[
        str | None, Option(help="ci, small or full; by default what params.yaml says.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        Option(
            "--set", metavar="KEY=VALUE", help="Replace a field of the suite's Config; the value is YAML."
        ),
    ] = None,
    seeds: Annotated[str | None, Option(help="Seeds: 0-9, 3, or 0,1,2.")] = None,
    jobs: Annotated[
        int | None, Option("--jobs", "-j", min=1, help="Cells side by side; changes no number.")
    ] = None,
    device: Annotated[str | None, Option(help="auto, cpu, cuda, or cuda:1.")] = None,
    dry_run: Annotated[
        bool, Option("--dry-run", help="Say what would be computed, and how long it takes.")
    ] = False,
    as_json: Annotated[bool, Option("--json", help="Print the outcome as JSON.")] = False,
    results: Annotated[
        Path | None,
        Option(
            help="Where to write the tables, instead of to `results`; needed with other settings than params.yaml has."
        ),
    ] = None,
    no_tracking: Annotated[bool, Option("--no-tracking", help="Do not feed MLflow.")] = False,
) -> None:
    """Train and measure what a suite lacks, and write its tables.

    What was computed before is not computed again. Stop it at any time: the same command resumes. A network that
    fails is a row of the tables; `lossbench check` then says how to try it again.
    """
    request = _request(suite, profile, settings or [], seeds, device, pinned=not dry_run)
    if dry_run:
        _show_forecast(request, jobs, as_json)
        return
    folder = (results or _default_results(request)) / request.plan.suite.name
    if not as_json:
        print(f"results: {folder}", flush=True)
    outcome = _complete(request, jobs, folder, tracked=not no_tracking)
    then = ["lossbench", "judge", suite, *(["--results", str(results)] if results else [])]
    _show_outcome(outcome, as_json, next_command=shlex.join(then))


@dataclass(frozen=True, kw_only=True)
class Request:
    """A suite, what is asked of it, and the command line that asks it (whatever changes no number left out)."""

    workspace: Workspace
    is_own: bool  # what `lossbench run SUITE` alone would ask
    reference: str
    plan: Plan
    device: str
    command: str


def _request(
    reference: str,
    profile: str | None,
    settings: list[str],
    seeds: str | None,
    device: str | None,
    *,
    pinned: bool,
) -> Request:
    from benchmark import params as parameters

    workspace, params = open_workspace()
    folder = find_suite(reference, workspace)
    own = params.suites.get(folder.name, {}) if folder.path.parent == workspace.suites else {}
    asked = {**own, **parameters.assignments(settings, folder.suite)}
    if seeds is not None:
        asked["seeds"] = parameters.seeds(seeds)
    chosen = profile or params.profile
    config = parameters.resolve(folder.suite, profile=chosen, overrides=asked)
    is_own = chosen == params.profile and config == parameters.resolve(
        folder.suite, profile=chosen, overrides=own
    )
    options = [("--profile", profile), *(("--set", text) for text in settings), ("--seeds", seeds)]
    words = ["lossbench", "run", reference, *(word for option in options if option[1] for word in option)]
    return Request(
        workspace=workspace,
        is_own=is_own,
        reference=reference,
        plan=_plan(folder, chosen, config, pinned=pinned),
        device=device or params.device,
        command=shlex.join(map(str, words)),
    )


def _plan(folder: SuiteFolder, profile: str, config: Any, *, pinned: bool) -> Plan:
    """Lay out the cells; without pinning also those whose data are not here."""
    from benchmark.data.catalog import pin
    from benchmark.data.manifest import DataMissing

    try:
        return lay_out(folder, profile=profile, config=config, pin=pin)
    except DataMissing as error:
        if pinned:
            raise
        print(f"lossbench: {error}", file=sys.stderr)
        return lay_out(folder, profile=profile, config=config)


def _default_results(request: Request) -> Path:
    """Return the workspace's results: what each suite gives by itself, which DVC keeps, and the report shows."""
    from benchmark.suite import available

    workspace, folder = request.workspace, request.plan.folder
    place = workspace.results / folder.name
    if not request.is_own:
        raise BadInput(
            f"{place} holds what `lossbench run {request.reference}` gives by itself; give --results DIR for "
            "anything else, or set it in params.yaml"
        )
    if folder.path.parent != workspace.suites and folder.name in available(workspace.suites):
        raise BadInput(
            f"{place} holds the tables of this workspace's {folder.name}; give --results DIR for others"
        )
    return workspace.results


def _complete(request: Request, jobs: int | None, folder: Path, *, tracked: bool) -> Outcome:
    from benchmark.runner import complete

    with _stopped_by_signals(), progress() as show:
        return complete(
            request.plan,
            request.workspace,
            device=request.device,
            n_workers=jobs,
            on_event=show,
            start_feed=_feed_starter(request.workspace) if tracked else None,
            results=folder,
            command=request.command,
        )


def _feed_starter(workspace: Workspace) -> Callable[[dict[str, Any], dict[str, dict[str, Any]]], Feed] | None:
    """Return what starts a feed to MLflow, where that is installed; whatever it misses, `lossbench sync` adds."""
    if find_spec("mlflow") is None:
        return None
    from benchmark.tracking.feed import start_feed

    return lambda head, cells: start_feed(workspace.runs / "feed", workspace.tracking_uri, head, cells)


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP stop a run as Ctrl-C does, and end with 128 + the signal's number."""
    from benchmark.runner import Interrupted

    received = [signal.SIGINT]

    def stop(number: int, _: Any) -> None:
        received[0] = signal.Signals(number)
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    except (Interrupted, KeyboardInterrupt) as error:
        print(f"{error or 'stopped'}; run the same command to resume", file=sys.stderr)
        raise Exit(128 + received[0]) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_forecast(request: Request, jobs: int | None, as_json: bool) -> None:
    from benchmark.runner import forecast

    found = forecast(request.plan, request.workspace, device=request.device, n_workers=jobs)
    if as_json:
        print_json({"suite": request.plan.suite.name, "profile": request.plan.profile, **vars(found)})
        return
    print(f"suite {request.plan.suite.name}, profile {request.plan.profile}")
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
