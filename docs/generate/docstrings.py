"""What stands in docstrings, taken apart: paragraphs, and what is said of the fields of a dataclass."""

from __future__ import annotations

import ast
import inspect
import itertools
import re
import textwrap
import tokenize
from collections.abc import Iterator
from typing import Any

left_out = re.compile(r"\n\n(Attributes|Raises|Returns|Yields):(\n .*)+")


def summary(value: Any) -> str:
    """Return the first paragraph of a docstring, on one line."""
    return " ".join((inspect.getdoc(value) or "").split("\n\n")[0].split())


def body(value: Any) -> str:
    """Return a docstring without its attributes and errors, as it stands in the code."""
    return left_out.sub("", inspect.getdoc(value) or "").strip()


def fields_of(kind: type[Any]) -> dict[str, str]:
    """Return what is said of each field of a dataclass: by its docstring, or by the comment above it or behind it."""
    found = attributes(kind)
    for each in reversed([each for each in kind.__mro__ if each is not object]):
        found |= _comments(textwrap.dedent(inspect.getsource(each)))
    return found


def _comments(source: str) -> dict[str, str]:
    lines = source.splitlines()
    words = tokenize.generate_tokens(iter(source.splitlines(keepends=True)).__next__)
    behind = {word.start[0]: word.string for word in words if word.type == tokenize.COMMENT}
    (named,) = ast.parse(source).body
    assert isinstance(named, ast.ClassDef)
    found = {}
    for item in named.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            before = reversed(lines[: item.lineno - 1])
            above = itertools.takewhile(lambda line: line.lstrip().startswith("#"), before)
            said = [*reversed([*above]), behind.get(item.end_lineno or item.lineno, "")]
            found[item.target.id] = " ".join(line.strip().removeprefix("#").strip() for line in said).strip()
    return {name: text for name, text in found.items() if text}


def attributes(value: Any) -> dict[str, str]:
    """Return what a docstring says of each attribute; names that share an entry share its text."""
    _, _, rest = (inspect.getdoc(value) or "").partition("\nAttributes:\n")
    found: dict[str, str] = {}
    for entry in _entries(rest.splitlines()):
        names, _, text = entry.partition(":")
        found |= {name.strip(): text.strip() for name in names.split(",")}
    return found


def _entries(lines: list[str]) -> Iterator[str]:
    """Yield the entries of an indented list, each on one line; a deeper indent goes on with the entry before."""
    entry = ""
    for line in lines:
        if not line.startswith("    "):
            break
        if entry and not line.startswith("     "):
            yield entry
            entry = ""
        entry = f"{entry} {line.strip()}".strip()
    if entry:
        yield entry
