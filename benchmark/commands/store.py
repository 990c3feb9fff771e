"""`lossbench store`: the cache of trained networks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from typer import Exit, Option, Typer

from benchmark.commands.context import open_workspace
from benchmark.commands.output import print_rows, size

if TYPE_CHECKING:
    from benchmark.params import Params
    from benchmark.workspace import Workspace

app = Typer(help="Look after the cache of trained networks.", no_args_is_help=True)


@app.command()
def du(as_json: Annotated[bool, Option("--json", help="Print JSON.")] = False) -> None:
    """Say how much room the cache takes."""
    from benchmark.store import Store

    workspace, _ = open_workspace()
    totals: dict[str, list[int]] = {kind: [] for kind in ("done", "unfinished", "damaged")}
    for _entry, kind, n_bytes in Store(workspace.runs).usage():
        totals[kind].append(n_bytes)
    rows = [
        {"state": kind, "networks": len(sizes), "size": sum(sizes) if as_json else size(sum(sizes))}
        for kind, sizes in totals.items()
    ]
    print_rows(rows, as_json=as_json)


@app.command()
def gc(
    older_than: Annotated[float, Option(metavar="DAYS", min=0, help="Keep what is younger.")] = 30.0,
    dry_run: Annotated[bool, Option("--dry-run", help="Only say what would be removed.")] = False,
) -> None:
    """Remove networks that no suite asks for, under any profile, with today's code."""
    from benchmark.store import Store

    workspace, params = open_workspace()
    removed = Store(workspace.runs).gc(
        keep=wanted(workspace, params), older_than_days=older_than, dry_run=dry_run
    )
    print(f"{'would remove' if dry_run else 'removed'} {len(removed)} networks")


@app.command()
def verify() -> None:
    """Hash everything in the cache; what is damaged is made anew by the next run."""
    from benchmark.files import Damaged
    from benchmark.store import Store

    workspace, _ = open_workspace()
    n_intact, damaged = 0, []
    for entry in Store(workspace.runs).entries():
        try:
            for name in (entry.done() or {}).get("files", {}):
                entry.read(name)
            n_intact += 1
        except Damaged as error:
            damaged.append(str(error))
    print(f"{n_intact} networks are intact, {len(damaged)} damaged")
    for text in damaged:
        print(text)
    if damaged:
        raise Exit(1)


def wanted(workspace: Workspace, params: Params) -> set[tuple[str, str]]:
    """Return (key, identity) of every cell that a suite asks for, under any profile and on any device that is here."""
    from benchmark.data.catalog import pin
    from benchmark.data.manifest import DataMissing
    from benchmark.device import resolve_device
    from benchmark.identity import numerics
    from benchmark.params import resolve
    from benchmark.plan import plan
    from benchmark.store import Store
    from benchmark.suite import available, find
    from benchmark.train import entry_of

    records = [numerics(device) for device in dict.fromkeys(["cpu", resolve_device(params.device)])]
    found = set()
    for name in available(workspace.suites):
        folder = find(name, workspace.suites)
        for profile in folder.suite.profiles:
            config = resolve(folder.suite, profile=profile, overrides=params.suites.get(name, {}))
            try:
                cells = plan(folder, profile=profile, config=config, pin=pin).all_cells
            except DataMissing:
                continue  # without the data nothing of this profile can be in the store under today's identity
            entries = (entry_of(cell, Store(workspace.runs), record) for cell in cells for record in records)
            found |= {(entry.path.parent.name, entry.path.name) for entry in entries}
    return found
