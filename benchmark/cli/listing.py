"""`lossbench list`: what there is."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

from typer import Argument, Option

from benchmark.cli.context import BadInput, open_workspace, suites_with_claims
from benchmark.cli.judge import latest_verdicts, print_verdicts
from benchmark.cli.last_screen import lines
from benchmark.cli.options import JsonOption
from benchmark.cli.output import print_json, print_rows
from benchmark.store.workspace import Workspace

Row = dict[str, Any]


class Noun(StrEnum):
    """What can be listed."""

    suites = "suites"
    measures = "measures"
    claims = "claims"
    models = "models"
    optimizers = "optimizers"
    data = "data"
    verdicts = "verdicts"


def list_(
    noun: Annotated[
        Noun | None, Argument(help="By default how many there are of each.", show_default=False)
    ] = None,
    brief: Annotated[
        bool, Option("--brief", help="Of verdicts: counts, what failed, what changed, where to look.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List what there is, from suites and measures to verdicts."""
    workspace, _ = open_workspace()
    if brief and (noun is not Noun.verdicts or as_json):
        raise BadInput("--brief is of verdicts, for people: lossbench list verdicts --brief")
    if brief:
        print("\n".join(lines(workspace)))
        return
    if noun is Noun.verdicts and not as_json:
        print_verdicts(latest_verdicts(workspace))
        return
    tables = {one.value: list(_listers[one](workspace)) for one in ([noun] if noun else Noun)}
    if as_json:
        print_json(tables[noun.value] if noun else tables)
    elif noun:
        print_rows(tables[noun.value], as_json=False, empty=f"no {noun.value} here")
    else:
        rows = [
            {"what": name, "how many": len(rows), "see": f"lossbench list {name}"}
            for name, rows in tables.items()
        ]
        print_rows(rows, as_json=False, empty="")


def suites(workspace: Workspace) -> Iterator[Row]:
    """Yield the suites of a workspace."""
    from benchmark.suite.folder import available, find

    for name in available(workspace.suites):
        folder = find(name, workspace.suites)
        yield {"suite": name, "claims": len(folder.claims), "question": folder.suite.question}


def claims(workspace: Workspace) -> Iterator[Row]:
    """Yield the claims of all suites."""
    for name, folder in suites_with_claims(workspace).items():
        for claim in folder.claims:
            kind = "confirmatory" if claim.confirmatory else "exploratory"
            yield {
                "claim": claim.id,
                "suite": name,
                "kind": kind,
                "says": claim.statement,
                "source": claim.source,
            }


def measures(_: Workspace) -> Iterator[Row]:
    """Yield what `benchmark.measures` offers: the constructors that `@measure` made."""
    import benchmark.measures

    for module in _modules(benchmark.measures, "@measure("):
        for name, value in vars(module).items():
            function = getattr(value, "function", None)
            if (
                inspect.isfunction(value)
                and inspect.isfunction(function)
                and value.__module__ == module.__name__
            ):
                yield {"measure": name, "options": _signature(function), "says": _first_line(value)}


def models(_: Workspace) -> Iterator[Row]:
    """Yield what `benchmark.cells.models` offers: the dataclasses that can build a network."""
    from benchmark.cells import models as package

    for name, spec in _specs(package, "build"):
        yield {"model": name, "options": _fields(spec), "says": _first_line(spec)}


def optimizers(_: Workspace) -> Iterator[Row]:
    """Yield what `benchmark.cells.training` offers: the dataclasses that say how a gradient moves the weights."""
    from benchmark.cells import training as package

    for name, spec in _specs(package, "update"):
        if not inspect.isabstract(spec):
            yield {"optimizer": name, "options": _fields(spec), "says": _first_line(spec)}


def data(_: Workspace) -> Iterator[Row]:
    """Yield the built-in data sets, and those that were added here."""
    from benchmark.cells.data import catalog
    from benchmark.cells.data.manifest import DataMismatch, DataMissing, read_manifest
    from benchmark.cells.data.published_names import embedded, remedy

    for name in dict.fromkeys([*catalog.built_in, *catalog.names()]):
        row: Row = {"data": name, "state": "embedded", "train": None, "test": None}
        if name not in embedded:
            try:
                counts = read_manifest(name).counts
                row |= {"state": "here", "train": counts["train"], "test": counts["test"]}
            except DataMissing:
                row["state"] = f"get it: {remedy(name)}"
            except DataMismatch as error:
                row["state"] = str(error)
        yield row


def verdicts(workspace: Workspace) -> Iterator[Row]:
    """Yield the verdicts in the results of all suites."""
    yield from map(dict, latest_verdicts(workspace).values())


_listers = {
    Noun.suites: suites,
    Noun.measures: measures,
    Noun.claims: claims,
    Noun.models: models,
    Noun.optimizers: optimizers,
    Noun.data: data,
    Noun.verdicts: verdicts,
}


def _modules(package: ModuleType, mark: str) -> Iterator[ModuleType]:
    """Import the modules of a package whose source has `mark`; others hold implementations, which load torch."""
    for info in pkgutil.iter_modules(package.__path__):
        if mark in Path(package.__path__[0], f"{info.name}.py").read_text(encoding="utf-8"):
            yield importlib.import_module(f"{package.__name__}.{info.name}")


def _specs(package: ModuleType, method: str) -> Iterator[tuple[str, type[Any]]]:
    """Yield the dataclasses of a package that have a method."""
    for module in _modules(package, f"def {method}("):
        for name, value in vars(module).items():
            is_spec = inspect.isclass(value) and dataclasses.is_dataclass(value) and hasattr(value, method)
            if is_spec and value.__module__ == module.__name__:
                yield name, value


def _fields(spec: type[Any]) -> str:
    return ", ".join(
        item.name if item.default is dataclasses.MISSING else f"{item.name}={item.default!r}"
        for item in dataclasses.fields(spec)
    )


def _signature(function: Any) -> str:
    parameters = inspect.signature(function).parameters.values()
    options = (p for p in parameters if p.kind is p.KEYWORD_ONLY)
    return ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in options)


def _first_line(value: Any) -> str:
    return (inspect.getdoc(value) or "").partition("\n")[0]
