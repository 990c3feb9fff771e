"""Mutants: one expression of a function changed, to show that a test would notice.

    @red_with(Mutant(trace, "2 * signs - 1", "signs"))
    def test_trace_is_exact_on_a_diagonal_matrix() -> None: ...

runs the test twice: as it is, where it must pass, and with the mutant in place, where an assertion must fail.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType
from typing import Any

import pytest


@dataclass(frozen=True)
class Mutant:
    """`function` (or a measure's constructor) with the one occurrence of `old` in its source replaced by `new`."""

    function: Any
    old: str
    new: str

    @property
    def target(self) -> Any:
        """The function itself, under a measure's decorator."""
        return getattr(self.function, "function", self.function)

    def __str__(self) -> str:
        return f"{self.target.__name__}: {self.old} -> {self.new or 'nothing'}"


def red_with(*mutants: Mutant) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test as it is and, expecting an `AssertionError`, under every mutant."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        def run(mutant: Mutant | None, **fixtures: Any) -> None:
            if mutant is None:
                test(**fixtures)
                return
            with mutated(mutant), pytest.raises(AssertionError):
                test(**fixtures)

        run.__name__, run.__doc__, run.__module__ = test.__name__, test.__doc__, test.__module__
        own = [inspect.Parameter("mutant", inspect.Parameter.KEYWORD_ONLY)]
        run.__signature__ = inspect.Signature([*inspect.signature(test).parameters.values(), *own])  # type: ignore[attr-defined]
        names = ["as_it_is", *map(str, mutants)]
        marked: Callable[..., None] = pytest.mark.parametrize("mutant", [None, *mutants], ids=names)(run)
        return marked

    return decorate


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Put a mutant in place of its function, wherever that is referred to, and take it out again."""
    function, original = mutant.target, mutant.target.__code__
    function.__code__ = _code(mutant)
    try:
        yield
    finally:
        function.__code__ = original


def _code(mutant: Mutant) -> CodeType:
    function = mutant.target
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(mutant.old) != 1:
        raise LookupError(
            f"{function.__name__} has {source.count(mutant.old)} times {mutant.old!r}; name one place"
        )
    tree = ast.parse(source.replace(mutant.old, mutant.new))
    (definition,) = tree.body
    assert isinstance(definition, ast.FunctionDef)
    definition.decorator_list = []
    module = compile(tree, f"<mutant of {function.__name__}>", "exec", flags=annotations.compiler_flag)
    (code,) = (constant for constant in module.co_consts if isinstance(constant, CodeType))
    return code
