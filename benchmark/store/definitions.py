"""The code that classes and functions rest on: definitions, wherever they stand.

A definition is a statement at the top of a module that binds a name: a class, a function, a constant, an import. It
rests on the definitions whose names it mentions, in its own module and, through imports, in others of the project.
Neither the module nor the order counts, so that a moved definition is the same and an added one is nobody's; and
comments, docstrings, blank lines, annotations' imports and the places in import statements do not count either.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import json
import tokenize
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

project = Path(__file__).parents[1]  # the package whose modules are followed, besides those beside a suite
Position = tuple[int, int]


@dataclass(frozen=True)
class Target:
    """What an import names: a definition of a module, or ("") all of them."""

    path: Path
    name: str = ""


@dataclass(frozen=True)
class Definition:
    """One statement at the top of a module.

    Attributes:
        path: its module.
        text: bare, and without imports from the project.
        mentions: all names in it, each with what is read of it: ("grid", "contour_area"), or ("grid", "").
        imports: what a function in it imports from the project, by local name.
    """

    path: Path
    text: str
    mentions: frozenset[tuple[str, str]]
    imports: tuple[tuple[str, Target], ...]


@dataclass(frozen=True)
class Module:
    """A file, taken apart.

    Attributes:
        named: definitions by the names that they bind.
        unnamed: statements that bind none; they run whenever the module is imported.
        imported: what its names from other modules of the project stand for.
    """

    named: dict[str, list[Definition]] = field(default_factory=dict)
    unnamed: list[Definition] = field(default_factory=list)
    imported: dict[str, list[Target]] = field(default_factory=dict)


def named(path: Path, name: str) -> Target:
    """Return a definition of a module; all of the module where it binds no such name."""
    content = module(path)
    return Target(path, name if name in content.named or name in content.imported else "")


def hash_of(targets: Iterable[Target]) -> str:
    """Return a SHA-256 over definitions and all that they rest on."""
    reached = sorted({_hash(definition) for definition in closure(targets)})
    return hashlib.sha256(json.dumps(reached).encode()).hexdigest()


def closure(targets: Iterable[Target]) -> set[Definition]:
    """Return definitions and all that they rest on."""
    found: set[Definition] = set()
    waiting = [definition for target in targets for definition in _defined(target)]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [*_rests_on(current), *module(current.path).unnamed]
    return found


@functools.cache
def module(path: Path) -> Module:
    """Return a file, taken apart."""
    text = source(path)
    lines = text.splitlines(keepends=True)
    made = Module()
    for node in ast.parse(text).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            _add_import(made, node, path)
        elif not _is_for_type_checking(node) and not _is_docstring(node):
            first = min((node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))))
            bare = bare_source("".join(lines[first - 1 : node.end_lineno]), path)
            _add(made, _bound(node), Definition(path, bare, _mentions(node), tuple(_imports_in(node, path))))
    return made


def _add(made: Module, names: Collection[str], definition: Definition) -> None:
    for name in names:
        made.named.setdefault(name, []).append(definition)
    if not names:
        made.unnamed.append(definition)


def _add_import(made: Module, node: ast.Import | ast.ImportFrom, path: Path) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if targets := list(_named_by(node, alias, path)):
            made.imported.setdefault(name, []).extend(targets)
        else:
            base = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            _add(made, [name], Definition(path, f"{base}import {alias.name} as {name}", frozenset(), ()))


@functools.cache
def source(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def bare_source(text: str, path: Path = project / "any.py") -> str:
    """Return source without comments, docstrings, imports from the project, trailing blanks and empty lines.

    They are cut out by position; hashing tokens or syntax trees would give each Python version another hash.
    """
    lines = text.splitlines(keepends=True)
    cuts = sorted([*_comments(text), *_statements(text, path)], reverse=True)
    for (first, start), (last, end) in cuts:
        head, tail = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [head + tail]
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _hash(definition: Definition) -> str:
    """Hash a definition with the texts that its names stand for: which of two `f` it calls is no matter of place."""
    edges = sorted({hashlib.sha256(other.text.encode()).hexdigest() for other in _rests_on(definition)})
    return hashlib.sha256(json.dumps([definition.text, edges]).encode()).hexdigest()


@functools.cache
def _rests_on(definition: Definition) -> tuple[Definition, ...]:
    found: list[Definition] = []
    for name, attribute in sorted(definition.mentions):
        inner = [target for local, target in definition.imports if local == name]
        found += module(definition.path).named.get(name, ())
        for target in (*inner, *module(definition.path).imported.get(name, ())):
            found += _defined(target if target.name or not attribute else named(target.path, attribute))
    return tuple(found)


def _defined(target: Target, seen: frozenset[Target] = frozenset()) -> list[Definition]:
    """Return the definitions that a target means, also where its module has them from another one."""
    if target in seen:
        return []
    content = module(target.path)
    names = [target.name] if target.name else [*content.named, *content.imported]
    found = [definition for name in names for definition in content.named.get(name, ())]
    for name in names:
        for other in content.imported.get(name, ()):
            found += _defined(other, seen | {target})
    return found


def _imports_in(node: ast.AST, path: Path) -> Iterator[tuple[str, Target]]:
    """Yield what imports inside a statement bind, and to what of the project."""
    imports = (inner for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom))
    for statement, alias in ((one, alias) for one in imports for alias in one.names):
        for target in _named_by(statement, alias, path):
            yield alias.asname or alias.name.partition(".")[0], target


def _named_by(node: ast.Import | ast.ImportFrom, alias: ast.alias, path: Path) -> Iterator[Target]:
    """Yield what an imported name stands for; nothing where it is not of the project."""
    if isinstance(node, ast.Import):
        base, name = alias.name, ""
    else:
        base, name = "." * node.level + (node.module or ""), alias.name
    place = _place(base, path)
    if place is None:
        return
    inner = place / f"{name}.py"
    file = place.with_suffix(".py") if place.with_suffix(".py").is_file() else place / "__init__.py"
    if name and inner.is_file():
        yield Target(inner.resolve())
    elif file.is_file():
        yield Target(file.resolve(), "" if name == "*" else name)


def _place(name: str, importer: Path) -> Path | None:
    """Return a dotted name of the project as a path without suffix."""
    bare = name.lstrip(".")
    if bare != name:
        return importer.parents[len(name) - len(bare) - 1].joinpath(*filter(None, bare.split(".")))
    return project.parent.joinpath(*name.split(".")) if name.partition(".")[0] == project.name else None


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds at the top of its module."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inner = [one for target in targets for one in ast.walk(target)]
        return {one.id for one in inner if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return set()  # `if`, `for`, `with`, `try`, calls: whatever they do, they always count


def _mentions(node: ast.AST) -> frozenset[tuple[str, str]]:
    read = {
        id(inner.value): inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name)
    }
    return frozenset(
        (inner.id, read.get(id(inner), "")) for inner in ast.walk(node) if isinstance(inner, ast.Name)
    )


def _is_for_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not node.orelse


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _comments(text: str) -> Iterator[tuple[Position, Position]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start, token.end


def _statements(text: str, path: Path) -> Iterator[tuple[Position, Position]]:
    """Yield where docstrings and imports from the project stand."""
    encoded = [line.encode() for line in text.splitlines(keepends=True)]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            cut = [one for one in node.body[:1] if _is_docstring(one)]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            cut = [node] if list(_imports_in(node, path)) else []
        else:
            continue
        for one in cut:
            last_line = one.end_lineno or one.lineno
            # ast counts columns in bytes, Python strings in characters
            start = len(encoded[one.lineno - 1][: one.col_offset].decode())
            end = len(encoded[last_line - 1][: one.end_col_offset or 0].decode())
            yield (one.lineno, start), (last_line, end)
