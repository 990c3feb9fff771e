"""`lossbench store`: the cache of trained networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from typer import Exit, Option, Typer

from benchmark.cli.context import lay_out, open_workspace
from benchmark.cli.examples import epilog
from benchmark.cli.options import JsonOption
from benchmark.cli.output import print_rows, size

if TYPE_CHECKING:
    from benchmark.cells.cell import Cell
    from benchmark.store.workspace import Workspace
    from benchmark.suite.folder import SuiteFolder
    from benchmark.suite.params import Params

app = Typer(help="Look after the cache of trained networks.", no_args_is_help=True)


@app.command(epilog=epilog("store du"))
def du(as_json: JsonOption = False) -> None:
    """Say how much room the cache takes."""
    from benchmark.store.run_store import Store

    workspace, _ = open_workspace()
    totals: dict[str, list[int]] = {kind: [] for kind in ("done", "unfinished", "damaged")}
    for _entry, kind, n_bytes in Store(workspace.runs).usage():
        totals[kind].append(n_bytes)
    rows = [
        {"state": kind, "networks": len(sizes), "size": sum(sizes) if as_json else size(sum(sizes))}
        for kind, sizes in totals.items()
    ]
    print_rows(rows, as_json=as_json)


@app.command(epilog=epilog("store gc"))
def gc(
    older_than: Annotated[float, Option(metavar="DAYS", min=0, help="Keep what is younger.")] = 30.0,
    dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove old networks that no suite here asks for.

    Kept is whatever the suites in `suites` and their sweeps ask for today, under any profile, with the values in
    params.yaml, the code and the data as they are. Everything else is kept by its age alone: what `--set`, another
    version of the code or a suite that lives elsewhere has made is removed DAYS after it was made, and would be
    computed anew.
    """
    from benchmark.store.run_store import Store

    workspace, params = open_workspace()
    store = Store(workspace.runs)
    sizes = {entry.path: n_bytes for entry, _, n_bytes in store.usage()}
    removed = store.gc(keep=wanted(workspace, params), older_than_days=older_than, dry_run=dry_run)
    freed = sum(sizes.get(path, 0) for path in removed)
    print(
        f"{'would remove' if dry_run else 'removed'} {len(removed)} networks, {size(freed)}; "
        f"{len(sizes) - len(removed)} stay, {size(sum(sizes.values()) - freed)}: asked for by the suites here, or "
        f"younger than {older_than:g} days"
    )


@app.command(epilog=epilog("store verify"))
def verify() -> None:
    """Hash everything in the cache; exit 1 when something is damaged.

    The next run makes that anew. Copies that a run found damaged and put aside are not looked at again, only counted.
    """
    from benchmark.cli.audit import faults
    from benchmark.store.run_store import Store

    workspace, _ = open_workspace()
    counts = {"done": 0, "unfinished": 0, "damaged": 0}
    found: list[str] = []
    n_aside = 0
    for entry, kind, _ in Store(workspace.runs).usage():
        if kind == "damaged":
            n_aside += 1
            continue
        texts = list(faults(entry))
        found += texts
        counts["damaged" if texts else kind] += 1
    print(
        f"{counts['done']} networks are intact, {counts['unfinished']} unfinished, {counts['damaged']} damaged"
    )
    if n_aside:
        print(f"{n_aside} damaged copies were put aside; `lossbench store gc` removes them when they are old")
    for text in found:
        print(text)
    if found:
        print("the next run of a suite that needs them makes them anew: lossbench run SUITE")
        raise Exit(1)


def wanted(workspace: Workspace, params: Params) -> set[tuple[str, str]]:
    """Return (key, identity) of every cell that a suite asks for, under any profile and on any device that is here."""
    from benchmark.cells.data.manifest import DataMissing
    from benchmark.run.bench import entry_of
    from benchmark.run.device import resolve_device
    from benchmark.store.identity import numerics
    from benchmark.store.run_store import Store
    from benchmark.suite.folder import available, find
    from benchmark.suite.params import resolve
    from benchmark.suite.profiles import precision_of

    devices = dict.fromkeys(["cpu", resolve_device(params.device)])
    found = set()
    for name in available(workspace.suites):
        folder = find(name, workspace.suites)
        for profile in folder.suite.profiles:
            config = resolve(folder.suite, profile=profile, overrides=params.suites.get(name, {}))
            try:
                cells = _cells(folder, profile, config, workspace.results / name / "best.json")
            except DataMissing:
                continue  # without the data nothing of this profile can be in the store under today's identity
            records = [numerics(device, precision_of(profile)) for device in devices]
            entries = (entry_of(cell, Store(workspace.runs), record) for cell in cells for record in records)
            found |= {(entry.path.parent.name, entry.path.name) for entry in entries}
    return found


def _cells(folder: SuiteFolder, profile: str, config: Any, best: Path) -> list[Cell]:
    """Return the cells of a suite, with those of its sweep and its winners where they were found."""
    from benchmark.cells.data.catalog import pin
    from benchmark.suite.tuning import Question, read_best, tried_cells, with_winners

    question = Question(suite=folder.suite, profile=profile, config=config, pin=pin)
    config, _ = with_winners(question, [best])
    answer = read_best(best)
    tried = tried_cells(question, answer) if answer and answer["asked"] == question.asked else ()
    return [*lay_out(folder, profile=profile, config=config, pin=pin).all_cells, *tried]
