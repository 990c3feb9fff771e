"""The code that classes and functions rest on: definitions, wherever they stand.

A definition is a statement at the top of a module that binds a name: a class, a function, a constant, an import. It
rests on the definitions whose names it mentions, in its own module and, through imports, in others of the project. A
module that holds anything else (`if`, `try`, `from x import *`, a name bound twice) is one definition. Neither the
module nor the order counts, so that a moved definition is the same and an added one is nobody's; and comments,
docstrings, blank lines and the places in import statements do not count either.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import json
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

project = Path(__file__).parents[1]  # the package whose modules are followed, besides those beside a suite
everything = "*"  # all definitions of a module, whatever is read of it
rounds = 4  # of hashing: how many levels down a difference between equal texts is seen
Position = tuple[int, int]


@dataclass(frozen=True)
class Target:
    """What an import names: a definition of a module; the module itself (""); or `everything` in it."""

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
        imported: what its names from other modules of the project stand for.
        always: what it imports from the project without ever mentioning it, and so for its effect.
        whole: the one definition that a file is which holds more than definitions, each name bound once.
    """

    named: dict[str, list[Definition]] = field(default_factory=dict)
    imported: dict[str, list[Target]] = field(default_factory=dict)
    always: list[Target] = field(default_factory=list)
    whole: Definition | None = None


def named(path: Path, name: str) -> Target:
    """Return a definition of a module; all of the module where it binds no such name."""
    content = module(path)
    return Target(path, name if name in content.named or name in content.imported else everything)


def hash_of(targets: Iterable[Target]) -> str:
    """Return a SHA-256 over definitions and all that they rest on.

    Each is hashed with the names that it mentions and what these stand for, over several rounds: which of two `f` it
    calls counts, and so does a constant that one of them reads, though all texts be equal.
    """
    found = closure(targets)
    digests = {one: _digest(one.text) for one in found}
    for _ in range(rounds):
        digests = {
            one: _digest(
                [one.text, sorted({(*mention, digests[other]) for mention, other in _rests_on(one)})]
            )
            for one in found
        }
    return _digest(sorted(digests.values()))


def closure(targets: Iterable[Target]) -> set[Definition]:
    """Return definitions and all that they rest on."""
    found: set[Definition] = set()
    waiting = [definition for target in targets for definition in _defined(target)]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += [other for _, other in _rests_on(current)]
            waiting += [other for target in module(current.path).always for other in _defined(target)]
    return found


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()


@functools.cache
def module(path: Path) -> Module:
    """Return a file, taken apart; in one piece where order may matter, or names come from who knows where."""
    text = source(path)
    body = [
        node for node in ast.parse(text).body if not _is_for_type_checking(node) and not _is_docstring(node)
    ]
    bound = [name for node in body for name in _bound(node)]
    if len(bound) > len(set(bound)) or not all(map(_is_plain, body)):
        every = ast.Module(body=body, type_ignores=[])
        return Module(
            whole=Definition(path, bare_source(text, path), _mentions(every), tuple(_imports_in(every, path)))
        )
    lines, made = list(io.StringIO(text)), Module()
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            _add_import(made, node, path)
        else:
            first = min((node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))))
            bare = bare_source("".join(lines[first - 1 : node.end_lineno]), path)
            definition = Definition(path, bare, _mentions(node), tuple(_imports_in(node, path)))
            for name in _bound(node):
                made.named.setdefault(name, []).append(definition)
    known = {name for group in made.named.values() for one in group for name, _ in one.mentions}
    made.always.extend(_all_of(one) for name in set(made.imported) - known for one in made.imported[name])
    return made


def _add_import(made: Module, node: ast.Import | ast.ImportFrom, path: Path) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if targets := list(_named_by(node, alias, path)):
            made.imported.setdefault(name, []).extend(targets)
        else:
            base = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            definition = Definition(path, f"{base}import {alias.name} as {name}", frozenset(), ())
            made.named.setdefault(name, []).append(definition)


@functools.cache
def source(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def bare_source(text: str, path: Path = project / "any.py") -> str:
    """Return source without comments, docstrings, imports from the project, trailing blanks and empty lines.

    They are cut out by position; hashing tokens or syntax trees would give each Python version another hash.
    """
    lines = list(io.StringIO(text))
    cuts = sorted([*_comments(text), *_statements(text, path)], reverse=True)
    for (first, start), (last, end) in cuts:
        head, tail = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [head + tail]
    return "\n".join(line.rstrip() for line in lines if line.strip())


@functools.cache
def _rests_on(definition: Definition) -> tuple[tuple[tuple[str, str], Definition], ...]:
    """Return what each of its mentions stands for; an import inside of it that it never mentions counts whole."""
    content, found = module(definition.path), []
    known = {name for name, _ in definition.mentions}
    unmentioned = {name for name, _ in definition.imports if name not in known}
    for name, attribute in sorted(definition.mentions | {(name, "") for name in unmentioned}):
        inner = [target for local, target in definition.imports if local == name]
        meant = [*content.named.get(name, ())]
        for target in (*inner, *content.imported.get(name, ())):
            meant += _defined(target if target.name or not attribute else named(target.path, attribute))
        found += [((name, attribute), other) for other in meant]
    return tuple(found)


def _all_of(target: Target) -> Target:
    return target if target.name else Target(target.path, everything)


def _defined(target: Target, seen: frozenset[Target] = frozenset()) -> list[Definition]:
    """Return the definitions that a target means, also where its module has them from another one."""
    if target in seen:
        return []
    content = module(target.path)
    if content.whole:
        return [content.whole]
    is_all = target.name in ("", everything)
    names = [*content.named, *content.imported] if is_all else [target.name]
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
    encoded = [line.encode() for line in io.StringIO(text)]
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
