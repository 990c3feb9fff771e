"""Source without what changes nothing: comments, docstrings, blank lines, and the places in import statements."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

from benchmark.store.import_targets import imports_in, project

Position = tuple[int, int]  # line and column


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


def is_docstring(node: ast.AST) -> bool:
    """Tell whether a statement is nothing but a string."""
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
            cut = [one for one in node.body[:1] if is_docstring(one)]
        elif isinstance(node, ast.Import | ast.ImportFrom):
            cut = [node] if list(imports_in(node, path)) else []
        else:
            continue
        for one in cut:
            last_line = one.end_lineno or one.lineno
            # ast counts columns in bytes, Python strings in characters
            start = len(encoded[one.lineno - 1][: one.col_offset].decode())
            end = len(encoded[last_line - 1][: one.end_col_offset or 0].decode())
            yield (one.lineno, start), (last_line, end)
