"""Which claim stands first, what a conjunction says of its parts, and on how many data a claim was tried."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmark.report.pages import tally
from benchmark.report.pages.columns import Column
from benchmark.report.pages.tally import tallies
from benchmark.report.words import legs, ranking
from benchmark.report.words.legs import LegVerdict, legs_of, shown
from benchmark.report.words.ranking import rank
from benchmark.report.words.verdict_cell import verdict_cell
from benchmark.stats.claim import Claim, Scope
from benchmark.stats.judging import _each_leg
from benchmark.stats.reduce import kendall_tau
from benchmark.stats.table import Effect, equal, greater
from tests.mutants import Mutant, red_with


def verdict(outcome: str, effect: float, half: float, **changes: Any) -> dict[str, Any]:
    ends = {"effect": effect, "low": effect - half, "high": effect + half}
    return {
        "outcome": outcome,
        "direction": "greater",
        "smallest_effect": 1.0,
        "unit": "nats",
        **ends,
        **changes,
    }


@red_with(
    Mutant(vars(LegVerdict)["certainty"].fget, "/ half", "* half"),
    Mutant(vars(LegVerdict)["certainty"].fget, "claimed - smallest", "claimed"),
    Mutant(vars(LegVerdict)["certainty"].fget, "-self.effect", "self.effect"),
    Mutant(rank, "else -certainty", "else certainty"),
    Mutant(rank, "surprise.index(outcome_of(verdict))", "0"),
)
def test_the_most_surprising_and_most_certain_claim_stands_first() -> None:
    judged = {
        "far but vague": verdict("reproduced", 5.0, 4.0),
        "open": verdict("inconclusive", 9.0, 0.1),
        "near but sharp": verdict("reproduced", 2.0, 0.1),
        "not run": {"outcome": "not_run"},
        "the same for all seeds": verdict("reproduced", 9.0, 0.0),
        "against": verdict("contradicted", -1.0, 1.0),
        "surely against": verdict("contradicted", 1.2, 0.2, direction="less"),
        "exact": verdict("reproduced", 0.0, 0.0, direction="identity"),
        "barely": verdict("reproduced", 1.1, 0.2),
    }
    assert sorted(judged, key=lambda name: rank(judged[name])) == [
        "surely against", "against", "near but sharp", "far but vague", "barely", "the same for all seeds", "exact",
        "open", "not run",
    ]  # fmt: skip
    assert set(ranking.surprise) == {"contradicted", "reproduced", "inconclusive", "not_run"}


def claim(name: str, *, data: tuple[str, ...] = (), models: tuple[str, ...] = (), **relations: Any) -> Claim:
    tau = kendall_tau("x", factor="y")
    both = (greater(tau, Effect(0.5, "decades")), equal(tau, Effect(0.1, "share")))
    return Claim(
        id=name, statement="s", source="s", legs=both, scope=Scope(data=data, models=models), **relations
    )


conjunction = verdict("reproduced", 0.1653, 0.0897, smallest_effect=0.5, unit="decades") | {
    "message": "leg 1 (greater): 2.338 [2.057, 2.618], p = 0.00098; leg 2 (equal): 0.1653 [0.0756, 0.255], p = 0.002"
}


@red_with(
    Mutant(legs_of, "known[int(place) - 1].unit", "known[0].unit"),
    Mutant(shown, "== own), legs[0]", "!= own), legs[0]"),
    Mutant(legs_of, "known[int(place) - 1].smallest_effect", "known[0].smallest_effect"),
)
def test_a_conjunction_has_the_effect_interval_and_unit_of_every_leg() -> None:
    first, second = legs_of(conjunction, claim("c"))
    assert (first.effect, first.high, first.unit, first.smallest_effect) == (2.338, 2.618, "decades", 0.5)
    assert (second.direction, second.unit, second.smallest_effect) == ("equal", "share", 0.1)
    assert shown(conjunction, (first, second)) == second  # the weakest, whose numbers the verdict has
    cell = verdict_cell(conjunction, claim("c"))
    assert cell.said == "2.34 [2.06, 2.62] decades; 0.17 [0.08, 0.26] share" and cell.unit == "share"
    assert verdict_cell(verdict("reproduced", 2.0, 0.5)).said == "2.0 [1.5, 2.5] nats"
    assert legs_of({"outcome": "not_run"}, claim("c")) == ()


def test_the_message_of_a_conjunction_is_read_as_judging_writes_it() -> None:
    class One:
        effect, low, high, p_for = 1.5, -math.inf, 2.5e-7, 0.0123

    class Reading:
        legs = (One, One)

    message = _each_leg(claim("c"), Reading())  # type: ignore[arg-type]
    assert [
        (one.effect, one.low, one.high) for one in legs_of(conjunction | {"message": message}, claim("c"))
    ] == [(1.5, -math.inf, 2.5e-7)] * 2
    assert legs.of_message.findall(message)[0][5] == "0.012"


def column(name: str, **places: tuple[str, str, str]) -> Column:
    """Return a column in which claims came out: outcome, data, model."""
    verdicts = {
        claim: {"outcome": outcome, "scope": {"data": [data], "models": [model]}}
        for claim, (outcome, data, model) in places.items()
    }
    return Column(name=name, anchor=name, href="", origins=(), verdicts={"one": verdicts}, is_checked=True, gate="",
                  link=lambda suite, claim: "")  # fmt: skip


@red_with(
    Mutant(tallies, "if not claim.tuned_of", "if True"),
    Mutant(tally._tally, "key=surprise.index", "key=lambda one: -surprise.index(one)"),
    Mutant(tally._tally, "data != own_pictures and ", ""),
    Mutant(tally._tally, "and not is_tried", ""),
)
def test_a_claim_tells_on_how_many_data_and_architectures_it_came_out_how() -> None:
    claims = [
        claim("a", of="P", data=("Digits",), models=("MLP",)),
        claim("a_tuned", of="P", tuned_of="a", data=("Digits",), models=("MLP",)),
        claim("b", of="P", data=("CIFAR10", "SVHN", "ImageFolder"), models=("CNN",)),
        claim("P", data=("CIFAR10",)),  # any model
    ]
    columns = [
        column("x", a=("reproduced", "Digits", "MLP"), a_tuned=("inconclusive", "Digits", "CNN")),
        column("y", a=("contradicted", "Digits", "MLP"), b=("reproduced", "CIFAR10", "CNN")),
    ]
    (found,) = tallies("one", claims, columns).values()
    assert [(one.text, one.n, one.places) for one in found] == [
        ("reproduced", 1, "CIFAR10 with CNN"),
        ("contradicted", 1, "Digits with MLP"),
        ("never tried", 1, "SVHN with CNN"),
    ]


@pytest.mark.parametrize("message", ["", "one broken leg (greater): 1", "leg 1 (greater): 1 [0, 2], p = 1"])
def test_what_is_no_conjunction_is_one_number(message: str) -> None:
    (one,) = legs_of(verdict("reproduced", 2.0, 0.5, message=message))
    assert (one.effect, one.unit) == (2.0, "nats")
