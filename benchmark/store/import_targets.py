"""What import statements name: definitions and modules of the project, and where these stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

project = Path(__file__).parents[1]  # the package whose modules are followed, besides those beside a suite
everything = "*"  # all definitions of a module, whatever is read of it


@dataclass(frozen=True)
class Target:
    """What an import names: a definition of a module; the module itself (""); or `everything` in it."""

    path: Path
    name: str = ""


def imports_in(node: ast.AST, path: Path) -> Iterator[tuple[str, Target]]:
    """Yield what imports inside a statement bind, and to what of the project."""
    imports = (inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom))
    for statement, alias in ((one, alias) for one in imports for alias in one.names):
        for target in named_by(statement, alias, path):
            yield alias.asname or alias.name.partition(".")[0], target


def named_by(node: ast.Import | ast.ImportFrom, alias: ast.alias, path: Path) -> Iterator[Target]:
    """Yield what an imported name stands for; nothing where it is not of the project."""
    if isinstance(node, ast.Import):
        base, name = alias.name, everything
    else:
        base, name = "." * node.level + (node.module or ""), alias.name
    place = _place(base, path)
    if place is None:
        return
    inner = place / name
    file = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
    if name != everything and inner.with_suffix(".py").is_file():
        yield Target(inner.with_suffix(".py").resolve())
    elif name != everything and inner.is_dir():
        yield from (Target(one.resolve(), everything) for one in sorted(inner.rglob("*.py")))  # a package
    elif file.is_file():
        yield Target(file.resolve(), name)


def _place(name: str, importer: Path) -> Path | None:
    """Return a dotted name of the project as a path without suffix."""
    bare = name.lstrip(".")
    if bare != name:
        return importer.parents[len(name) - len(bare) - 1].joinpath(*filter(None, bare.split(".")))
    return project.parent.joinpath(*name.split(".")) if name.partition(".")[0] == project.name else None
