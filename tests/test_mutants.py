"""The tool that breaks code on purpose."""

from __future__ import annotations

import pytest

from tests.mutants import Mutant, mutated


def doubled(x: float) -> float:
    """Return 2 x."""
    return 2 * x


def test_a_mutant_replaces_the_function_and_leaves_again() -> None:
    with mutated(Mutant(doubled, "2 * x", "3 * x")):
        assert doubled(1) == 3
    assert doubled(1) == 2


def test_a_mutant_leaves_when_the_test_fails() -> None:
    with pytest.raises(ZeroDivisionError), mutated(Mutant(doubled, "2 * x", "x / 0")):
        doubled(1)
    assert doubled(1) == 2


@pytest.mark.parametrize("old", ["4 * x", "x"])
def test_a_mutant_names_exactly_one_place(old: str) -> None:
    with pytest.raises(LookupError, match="name one place"), mutated(Mutant(doubled, old, "0")):
        pass
