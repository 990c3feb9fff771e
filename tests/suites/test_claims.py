"""Every claim of every suite can come out either way, and says what it needs to."""

from __future__ import annotations

import dataclasses
from itertools import cycle
from typing import Any, get_args

import pytest

from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.verdict import Outcome
from tests.stats.planted import planted
from tests.suites.folders import folders

every = [(name, claim) for name, folder in folders.items() for claim in folder.claims]
by_id = {claim.id: claim for _, claim in every}
claims = [pytest.param(claim, id=f"{name}-{claim.id}") for name, claim in every]
tuned = [pytest.param(name, claim, id=claim.id) for name, claim in every if claim.tuned_of]
matrices = [
    pytest.param(matrix, id=f"{name}-{matrix.claim}")
    for name, folder in folders.items()
    for matrix in folder.definitions
]
outcomes: tuple[Outcome, ...] = tuple(name for name in get_args(Outcome) if name != "not_run")


@pytest.mark.parametrize("claim", claims)
@pytest.mark.parametrize("outcome", ["reproduced", "contradicted", "inconclusive"])
def test_claim_can_come_out(claim: Claim, outcome: Outcome) -> None:
    (verdict,) = judge(planted(claim, outcome), [claim])
    assert verdict.outcome == outcome, verdict


def test_claims_have_ids_of_their_own_in_all_suites_together() -> None:
    assert len(by_id) == len(every)


@pytest.mark.parametrize("claim", claims)
def test_an_id_reads_as_what_the_claim_says_it_is_of(claim: Claim) -> None:
    """What is read is the claim's fields; that a reader of ids reads the same is held here."""
    assert claim.root == claim.id.partition("-")[0]
    assert claim.id == (f"{claim.tuned_of}-tuned" if claim.tuned_of else claim.id.removesuffix("-tuned"))


@pytest.mark.parametrize("claim", claims)
def test_numbers_from_memory_are_not_given_as_the_papers(claim: Claim) -> None:
    if claim.evidence == "memory":
        assert not any(character.isdigit() for character in claim.paper_value)


@pytest.mark.parametrize("matrix", matrices)
def test_every_definition_can_come_out(matrix: DefinitionMatrix) -> None:
    cells = matrix.claims(by_id[matrix.claim])
    first = next(iter(matrix.rows))
    tried = [(place, outcome) for place in cells if place[0] == first for outcome in outcomes]
    others = [(row, column) for row, column in zip(matrix.rows, cycle(matrix.columns), strict=False)]
    for place, outcome in [*tried, *zip(others, cycle(outcomes), strict=False)]:
        (verdict,) = judge(planted(cells[place], outcome), [cells[place]])
        assert verdict.outcome == outcome, verdict


@pytest.mark.parametrize(("suite", "claim"), tuned)
def test_a_claim_about_the_tuned_arm_has_the_rule_of_the_fixed_one(suite: str, claim: Claim) -> None:
    fixed = by_id[claim.tuned_of]
    own = ("id", "statement", "population", "family", "tuned_of")
    own_of_fixed: dict[str, Any] = {name: getattr(fixed, name) for name in own}
    assert dataclasses.replace(claim, **own_of_fixed) == fixed
    assert fixed.statement in claim.statement
    assert claim.family not in {one.family for name, one in every if name == suite and not one.tuned_of}
