"""A claim on the page of its suite: fixed beside tuned, the figures that show it, and how it is reached again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markupsafe import Markup

from benchmark.report.figures.drawing import FigureSection
from benchmark.report.figures.kinds.loss_planes import Planes
from benchmark.report.figures.kinds.spectral_densities import Spectra
from benchmark.report.figures.shows import claims_shown, is_shown, measures_of, shows
from benchmark.report.pages import claim_section
from benchmark.report.pages.sensitivity import pairs
from benchmark.stats.claim import Claim
from benchmark.stats.number import Number
from benchmark.stats.reduce import kendall_tau
from benchmark.stats.table import Effect, greater
from benchmark.suite.folder import available, find
from tests import root
from tests.mutants import Mutant, red_with


def test_a_claim_stands_fixed_beside_tuned() -> None:
    good, bad = {"outcome": "reproduced"}, {"outcome": "contradicted"}
    absent = {"outcome": "not_run"}
    judged = {"a": good, "a-tuned": bad, "b": good, "c": absent, "c-tuned": absent}
    claims = [
        claim("a-tuned", tuned_of="a"),
        claim("b"),
        claim("c-tuned", tuned_of="c"),
        claim("d", tuned_of="b"),
    ]
    assert [(pair.id, pair.fixed.outcome, pair.tuned.outcome) for pair in pairs(claims, judged)] == [
        ("a", "reproduced", "contradicted")
    ]


def claim(name: str, **relations: str) -> Claim:
    legs = (greater(kendall_tau("x", factor="y"), Effect(0.2, "tau")),)
    return Claim(id=name, statement="s", source="s", legs=legs, **relations)  # type: ignore[arg-type]


own, on_digits, on_tuned = (
    claim("S1.C1"),
    claim("S1.C1-digits", of="S1.C1"),
    claim("S1.C1-digits-tuned", of="S1.C1", tuned_of="S1.C1-digits"),
)


@red_with(Mutant(is_shown, "claim.of in names", "claim.id.startswith(names)"))
def test_a_figure_names_a_claim_with_its_analogues() -> None:
    @shows("S1.C1")
    def figure() -> None: ...

    assert claims_shown(figure) == ("S1.C1",) and claims_shown(lambda: None) == ()
    others = (claim("S1.C10"), claim("S1.C10-digits", of="S1.C10"), claim("S10.C1"), claim("S1.C1-alike"))
    shown = [one.id for one in (own, on_digits, on_tuned, *others) if is_shown(one, ("S1.C1",))]
    assert shown == ["S1.C1", "S1.C1-digits"]
    assert is_shown(on_tuned, ("S1.C1-digits-tuned",))


@red_with(
    Mutant(is_shown, "measures.isdisjoint(read)", "not measures"),
    Mutant(measures_of, '.partition("[")[0]', ""),
)
def test_a_figure_shows_no_claim_whose_measures_it_does_not_draw() -> None:
    names = ("S1.C1",)
    assert measures_of(own) == {"x"}
    assert is_shown(own, names, frozenset({"x", "other"})) and is_shown(own, names)
    assert not is_shown(own, names, frozenset({"other"}))
    drawn = Spectra(name="s", title="t", caption="c", measure=Number(measure="density[n=3]"), label="l")
    assert measures_of(drawn) == {"density"}
    told = Planes(name="s", title="t", caption="c", measure=Number(measure="surface"), detail=lambda *_: "")
    assert measures_of(told) == frozenset()  # its titles may read any


def test_a_tuned_claim_leads_to_the_figure_of_the_fixed_arm_and_says_so() -> None:
    drawn = FigureSection(
        name="a", anchor="a", title="Sharpness", caption="", svg=Markup("<svg/>"), shows=("S1.C1",)
    )
    claims = {one.id: one for one in (own, on_digits, on_tuned)}
    assert claim_section._figures("S1.C1-digits", claims, [drawn]) == (("Sharpness", "a"),)
    assert claim_section._figures("S1.C1-digits-tuned", claims, [drawn]) == (("Sharpness (fixed arm)", "a"),)
    of_its_own = replace(drawn, shows=("S1.C1-digits-tuned",))
    assert claim_section._figures("S1.C1-digits-tuned", claims, [of_its_own]) == (("Sharpness", "a"),)


def test_a_tuned_verdict_is_reached_again_by_a_sweep_first() -> None:
    again = claim_section.again("lossbench run one --profile small", "one", is_tuned=True)
    assert again == (
        "lossbench sweep one --profile small && lossbench run one --profile small && lossbench judge one"
    )
    assert claim_section.again("lossbench run one", "one", is_tuned=False).startswith("lossbench run")


suites = root / "suites"


@pytest.mark.parametrize("name", available(suites))
def test_every_name_on_a_figure_is_that_of_a_claim(name: str) -> None:
    folder = find(name, suites)
    for function in folder.figures:
        for shown in claims_shown(function):
            assert any(is_shown(one, (shown,)) for one in folder.claims), (function.__name__, shown)
