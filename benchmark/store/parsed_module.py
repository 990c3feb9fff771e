"""A file of the project, taken apart into its definitions: the statements at its top that bind names."""

from __future__ import annotations

import ast
import functools
import io
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.store.bare_source import bare_source, is_docstring
from benchmark.store.import_targets import Target, everything, imports_in, named_by


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
        imported: what its names from other modules of the project stand for.
        always: what it imports from the project without ever mentioning it, and so for its effect.
        whole: the one definition that a file is which holds more than definitions, each name bound once.
    """

    named: dict[str, list[Definition]] = field(default_factory=dict)
    imported: dict[str, list[Target]] = field(default_factory=dict)
    always: list[Target] = field(default_factory=list)
    whole: Definition | None = None


@functools.cache
def module(path: Path) -> Module:
    """Return a file, taken apart; in one piece where order may matter, or names come from who knows where."""
    text = source(path)
    body = [
        node for node in ast.parse(text).body if not _is_for_type_checking(node) and not is_docstring(node)
    ]
    bound = [name for node in body for name in _bound(node)]
    if len(bound) > len(set(bound)) or not all(map(_is_plain, body)):
        every = ast.Module(body=body, type_ignores=[])
        return Module(
            whole=Definition(path, bare_source(text, path), _mentions(every), tuple(imports_in(every, path)))
        )
    lines, made = list(io.StringIO(text)), Module()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            _add_import(made, node, path)
        else:
            first = min((node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))))
            bare = bare_source("".join(lines[first - 1 : node.end_lineno]), path)
            definition = Definition(path, bare, _mentions(node), tuple(imports_in(node, path)))
            for name in _bound(node):
                made.named.setdefault(name, []).append(definition)
    known = {name for group in made.named.values() for one in group for name, _ in one.mentions}
    made.always.extend(_all_of(one) for name in set(made.imported) - known for one in made.imported[name])
    return made


@functools.cache
def source(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def _add_import(made: Module, node: ast.Import | ast.ImportFrom, path: Path) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if targets := list(named_by(node, alias, path)):
            made.imported.setdefault(name, []).extend(targets)
        else:
            base = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            definition = Definition(path, f"{base}import {alias.name} as {name}", frozenset(), ())
            made.named.setdefault(name, []).append(definition)


def _all_of(target: Target) -> Target:
    return target if target.name else Target(target.path, everything)


def _bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement binds at the top of its module."""
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return {node.name}
    if isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        inner = [one for target in targets for one in ast.walk(target)]
        return {one.id for one in inner if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return set()


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
    if not isinstance(node, ast.If) or node.orelse:
        return False
    return ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _is_plain(node: ast.stmt) -> bool:
    """Tell whether a statement at the top of a module does nothing but bind names."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return all(alias.name != everything for alias in node.names)
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name != "_"  # what is called so is registered somewhere
    if not isinstance(node, ast.Assign | ast.AnnAssign) or any(
        isinstance(one, ast.NamedExpr) for one in ast.walk(node)
    ):
        return False
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    names = [
        one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])
    ]
    return all(isinstance(one, ast.Name) and one.id != "_" for one in names)
