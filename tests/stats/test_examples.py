"""The examples in docstrings can be pasted, and give what they say."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil

import pytest

from benchmark import stats
from benchmark.stats import claim, judging, number, reduce

modules = [
    importlib.import_module(found.name) for found in pkgutil.iter_modules(stats.__path__, "benchmark.stats.")
]
public = [
    getattr(module, name)
    for module, names in {
        claim: ("Claim",),
        judging: ("judge",),
        number: ("Number", "select"),
        reduce: [name for name, item in vars(reduce).items() if inspect.isfunction(item) and name[0] != "_"],
    }.items()
    for name in names
]


def test_examples_give_what_they_say() -> None:
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    failed = {
        module.__name__: doctest.testmod(module, globs={}, optionflags=options).failed for module in modules
    }
    assert not any(failed.values()), failed


@pytest.mark.parametrize("item", public, ids=lambda item: item.__name__)
def test_what_an_author_of_claims_uses_has_an_example(item: object) -> None:
    assert ">>> " in (inspect.getdoc(item) or "")
