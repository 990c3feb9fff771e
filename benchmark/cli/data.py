"""`lossbench data`: pictures from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from typer import Argument, Exit, Option, Typer

from benchmark.cli import listing
from benchmark.cli.context import BadInput, lay_out, open_workspace
from benchmark.cli.examples import epilog
from benchmark.cli.options import JsonOption
from benchmark.cli.output import print_rows

app = Typer(help="Add, fetch, verify and list data sets.", no_args_is_help=True)


@app.command(epilog=epilog("data add"))
def add(
    name: Annotated[str, Argument(help="What to call the data set.", show_default=False)],
    folder: Annotated[
        Path,
        Argument(help="FOLDER/train/CLASS/* and FOLDER/test/CLASS/*, or FOLDER/CLASS/*.", show_default=False),
    ],
    size: Annotated[int | None, Option(min=8, help="Scale pictures to SIZE x SIZE pixels.")] = None,
    replace: Annotated[bool, Option("--replace", help="Replace other pictures of that name.")] = False,
) -> None:
    """Add a folder of pictures as a data set."""
    from benchmark.cells.data import catalog

    open_workspace()
    try:
        manifest = catalog.add(name, folder, size=size, replace=replace)
    except FileExistsError as error:
        raise BadInput(f"{error}: --replace") from error
    except (ValueError, FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(str(error)) from error
    print(
        f"{name}: {manifest.counts['train']} training and {manifest.counts['test']} test pictures, {manifest.split}"
    )
    print(_next(name))


@app.command(epilog=epilog("data fetch"))
def fetch(
    name: Annotated[
        str, Argument(help="cifar10, cifar100, mnist, fashionmnist or svhn.", show_default=False)
    ],
    source: Annotated[Path | None, Option(help="Folder with the archives, instead of a download.")] = None,
) -> None:
    """Download a published data set, or read its archives."""
    from benchmark.cells.data import catalog

    open_workspace()
    try:
        manifest = catalog.fetch(name, source)
    except (ValueError, FileNotFoundError) as error:
        raise BadInput(str(error)) from error
    except ConnectionError as error:
        told = " ".join(str(error).split())
        raise ConnectionError(f"{told}: lossbench data fetch {name} --source FOLDER") from error
    print(
        f"{name}: {manifest.counts['train']} training and {manifest.counts['test']} test pictures, {manifest.source}"
    )
    print(_next(name))


def _next(name: str) -> str:
    return f"next: lossbench run SUITE --set data={name} --results results-{name}"


@app.command(epilog=epilog("data verify"))
def verify(
    names: Annotated[
        list[str] | None, Argument(help="By default all that are here.", show_default=False)
    ] = None,
) -> None:
    """Hash the pictures anew and compare with what was recorded."""
    from benchmark.cells.data import catalog
    from benchmark.cells.data.manifest import DataMismatch

    open_workspace()
    damaged = False
    for name in names or catalog.names():
        try:
            print(f"{name}: intact, sha256 {catalog.verify(name).sha256}")
        except DataMismatch as error:
            damaged = True
            print(f"{name}: {error}")
    if damaged:
        raise Exit(1)


@app.command(name="list", epilog=epilog("data list"))
def list_(as_json: JsonOption = False) -> None:
    """List the data sets."""
    workspace, _ = open_workspace()
    print_rows(list(listing.data(workspace)), as_json=as_json)


@app.command(hidden=True)
def pin(folder: Annotated[Path, Argument(help="Where to write one file for each suite.")]) -> None:
    """Write which data and which modules of its own each suite rests on; DVC compares it, since it does not see them.

    Fails before anything is trained when something is missing, and names all of it.
    """
    from benchmark.cells.data.catalog import pin
    from benchmark.cells.data.manifest import DataMissing
    from benchmark.store.files import sha256, write_atomic
    from benchmark.suite.folder import find, other_modules
    from benchmark.suite.params import resolve

    workspace, params = open_workspace()
    missing: dict[str, None] = {}
    for name, overrides in params.suites.items():
        suite = find(name, workspace.suites)
        config = resolve(suite.suite, profile=params.profile, overrides=overrides)
        found = {
            path.relative_to(workspace.suites).as_posix(): sha256(path.read_bytes())
            for path in other_modules(suite)
        }
        cells = lay_out(suite, profile=params.profile, config=config).all_cells
        for spec in dict.fromkeys(cell.data for cell in cells):
            try:
                digest = getattr(pin(spec), "digest", "embedded")
                found[getattr(spec, "name", type(spec).__name__)] = (
                    digest  # a spec of the user's may have no name
                )
            except DataMissing as error:
                missing[str(error)] = None
        write_atomic(folder / f"{name}.json", (json.dumps(found, indent=1, sort_keys=True) + "\n").encode())
    if missing:
        raise BadInput("\n".join(missing))
