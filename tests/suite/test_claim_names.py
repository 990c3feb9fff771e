"""Mistyped names in claims and figures are refused, with the nearest one."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from benchmark.stats.claim import Claim, Scope
from benchmark.stats.number import Number
from benchmark.stats.reduce import value
from benchmark.stats.table import Effect, greater
from benchmark.suite.claim_names import FaultyName, check_claims, check_figures
from benchmark.suite.folder import available, find
from tests import root

width = find("width", root / "suites")
error = Number(measure="performance", quantity="test_error", where={"member": "second"})
claim = Claim(id="X.C1", statement="x", source="y", legs=(greater(value(error), Effect(0.1, "error")),),
              population={"arm": ("width", "tuned"), "network": "mlp"}, scope=Scope(data=("CIFAR100",)))  # fmt: skip


def folder(claim: Claim) -> Any:
    return SimpleNamespace(path=width.path, suite=width.suite, claims=(claim,), definitions=(), figures=())


def reading(number: Number) -> Claim:
    return replace(claim, legs=(replace(claim.leg, reduce=value(number)),))


def test_names_that_there_are_pass_and_so_do_measures_of_other_code() -> None:
    check_claims([folder(claim)])
    check_claims([folder(reading(Number(measure="interpretability", quantity="any")))])


@pytest.mark.parametrize(
    ("faulty", "said"),
    [
        (reading(replace(error, measure="performence")), "no measure is called 'performence'; did you mean 'perf"),
        (reading(replace(error, quantity="test_eror")), "has no quantity 'test_eror'; did you mean 'test_error'?"),
        (reading(replace(error, options={"split": "test"})), "performance has no option 'split'"),
        (reading(replace(error, where={"member": "secnd"})), "no cell has member = 'secnd'; did you mean 'second'?"),
        (replace(claim, population={"arm": ("width", "widht")}), "no cell has arm = 'widht'; did you mean 'width'?"),
        (replace(claim, scope=Scope(data=("digits",))), "Scope.data: there is no 'digits'; did you mean 'Digits'?"),
        (replace(claim, scope=Scope(models=("Mlp", "MPL", "ResNets"))), "no 'ResNets'; did you mean 'ResNet'?"),
    ],
)  # fmt: skip
def test_a_name_that_there_is_not_is_refused_with_the_nearest(faulty: Claim, said: str) -> None:
    with pytest.raises(FaultyName) as refused:
        check_claims([folder(faulty)])
    assert "claims.py: claim X.C1: " in str(refused.value) and said in str(refused.value)


def test_a_claim_that_a_figure_shows_is_one_of_the_suite() -> None:
    figure = SimpleNamespace(name="drawn", shows=("X.C1", "X.C11"))
    faulty: Any = SimpleNamespace(**{**vars(folder(claim)), "figures": (figure,)})
    with pytest.raises(FaultyName, match=r"figures.py: figure drawn shows 'X.C11'; did you mean 'X.C1'\?"):
        check_figures(faulty)


@pytest.mark.parametrize("name", available(root / "suites"))
def test_all_suites_have_the_names_that_their_claims_and_figures_use(name: str) -> None:
    check_claims([find(name, root / "suites")])
    check_figures(find(name, root / "suites"))
