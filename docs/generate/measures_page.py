"""Every measure with its definition, as its docstring says it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

import benchmark.measures
from docs.generate.docstrings import body, summary
from docs.generate.templates import render


def page() -> str:
    """Return the page."""
    entries = [
        {"measure": made(), "options": _options(made), "summary": summary(made), "body": body(made)}
        for made in constructors()
    ]
    return render("measures.md", entries=entries)


def constructors() -> Iterator[Any]:
    """Yield what `@measure` made, of all modules of `benchmark.measures`."""
    for info in pkgutil.iter_modules(benchmark.measures.__path__):
        module = importlib.import_module(f"benchmark.measures.{info.name}")
        for value in vars(module).values():
            if hasattr(value, "function") and getattr(value, "__module__", "") == module.__name__:
                yield value


def _options(made: Any) -> str:
    parameters = inspect.signature(made.function).parameters.values()
    return ", ".join(f"{p.name}={p.default!r}" for p in parameters if p.kind is p.KEYWORD_ONLY)
