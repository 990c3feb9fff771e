"""What produced a stored thing: the code that defines it, and the numerics it ran under.

The identity is a part of the address of everything stored. An edited training procedure finds no old result; an
edited comment, docstring or blank line changes nothing; a revert finds its old results again.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import io
import json
import os
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

package_root = Path(__file__).parent


def identity(
    objects: Iterable[Any], numerics: Mapping[str, Any], *inputs: str, files: Iterable[Path] = ()
) -> str:
    """Return 16 hex digits over the code of classes and functions, the numerics, and digests of what was read."""
    text = json.dumps([code_hash(objects, files=files), dict(numerics), inputs], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def code_hash(objects: Iterable[Any], *, files: Iterable[Path] = ()) -> str:
    """Return the SHA-256 over the bare source of the modules of classes or functions, and of what those import.

    `files` adds modules that are used without being imported, such as the type of an argument.
    """
    modules = {sys.modules[item.__module__].__file__ for item in objects}
    return _hash_of(frozenset([*(Path(file) for file in modules if file is not None), *files]))


@functools.cache
def _hash_of(files: frozenset[Path]) -> str:
    paths = {path for file in files for path in _closure(file)}
    named = sorted((_name(path), _bare_source(path)) for path in paths)
    return hashlib.sha256(json.dumps(named).encode()).hexdigest()


def numerics(device: str, precision: str = "float32", *, twin: bool = False) -> dict[str, Any]:
    """Return the record of what changes the bits on this machine: precision, device class, threads, flags, torch.

    Args:
        device: a resolved torch device string; a GPU enters by its name, not by its number.
        precision: dtype of data, weights and measures, such as "float64"; see `benchmark.profiles`.
        twin: whether trainings begin one rounding away from their initial weights; see `benchmark.training.twin`.
    """
    import platform
    from importlib.metadata import version

    record: dict[str, Any] = {
        "dtype": precision,
        "tf32": False,
        "deterministic": True,
        "threads": n_threads(),
        "torch": version("torch").partition("+")[0],
        "device": f"cpu-{platform.machine()}",
    }
    if twin:
        record["twin"] = True
    if device != "cpu":
        import torch

        record["device"] = f"cuda-{torch.cuda.get_device_name(device)}"
    return record


def n_threads() -> int:
    """Return the threads of a worker: one, or `$LOSSBENCH_THREADS` to see what they change."""
    return int(os.environ.get("LOSSBENCH_THREADS") or 1)


def bare_source(text: str) -> str:
    """Return source without comments, docstrings, trailing blanks and empty lines.

    They are cut out by position; hashing tokens or syntax trees would give each Python version another hash.
    """
    lines = text.splitlines(keepends=True)
    cuts = sorted([*_comments(text), *_docstrings(text)], reverse=True)
    for (first, start), (last, end) in cuts:
        head, tail = lines[first - 1][:start], lines[last - 1][end:]
        lines[first - 1 : last] = [head + tail]
    return "\n".join(line.rstrip() for line in lines if line.strip())


Position = tuple[int, int]


def _comments(text: str) -> Iterator[tuple[Position, Position]]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start, token.end


def _docstrings(text: str) -> Iterator[tuple[Position, Position]]:
    encoded = [line.encode() for line in text.splitlines(keepends=True)]
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        first = node.body[0] if node.body else None
        if (
            isinstance(first, ast.Expr)
            and isinstance(first.value, ast.Constant)
            and isinstance(first.value.value, str)
        ):
            last_line = first.end_lineno or first.lineno
            # ast counts columns in bytes, Python strings in characters
            start = len(encoded[first.lineno - 1][: first.col_offset].decode())
            end = len(encoded[last_line - 1][: first.end_col_offset or 0].decode())
            yield (first.lineno, start), (last_line, end)


@functools.cache
def _bare_source(path: Path) -> str:
    return bare_source(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    """Name a file by what it is called in the project, so that the place of the checkout does not matter."""
    root = package_root.parent if path.is_relative_to(package_root) else path.parent.parent
    return path.relative_to(root).as_posix()


def _closure(path: Path) -> frozenset[Path]:
    found: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting.extend(_imports(current))
    return frozenset(found)


@functools.cache
def _imports(path: Path) -> tuple[Path, ...]:
    """Return the project files that a file imports, inside functions too; imports for type checking do not count."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    paths = [_file_of(name, path) for node in _runtime_nodes(tree) for name in _imported_names(node)]
    return tuple(dict.fromkeys(found for found in paths if found is not None))


def _runtime_nodes(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            continue
        yield child
        yield from _runtime_nodes(child)


def _imported_names(node: ast.AST) -> list[str]:
    """Return dotted names that may be modules; relative ones keep their leading dots."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = "." * node.level + (node.module or "")
        dot = "" if base.endswith(".") else "."
        return [base, *(f"{base}{dot}{alias.name}" for alias in node.names)]
    return []


def _file_of(name: str, importer: Path) -> Path | None:
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        folder = importer.parents[level - 1]
        parts = name.lstrip(".").split(".")
    elif name.partition(".")[0] == package_root.name:
        folder, parts = package_root.parent, name.split(".")
    else:
        return None
    file = folder.joinpath(*parts).with_suffix(".py")
    return file.resolve() if parts != [""] and file.is_file() else None
