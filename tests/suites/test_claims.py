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
from benchmark.suite.folder import available, find
from tests import root
from tests.stats.planted import planted

every = [(name, claim) for name in available(root / "suites") for claim in find(name, root / "suites").claims]
by_id = {claim.id: claim for _, claim in every}
claims = [pytest.param(claim, id=f"{name}-{claim.id}") for name, claim in every]
tuned = [pytest.param(claim, id=claim.id) for _, claim in every if claim.id.endswith("-tuned")]
matrices = [
    pytest.param(matrix, id=f"{name}-{matrix.claim}")
    for name in available(root / "suites")
    for matrix in find(name, root / "suites").definitions
]
outcomes: tuple[Outcome, ...] = tuple(name for name in get_args(Outcome) if name != "not_run")


@pytest.mark.parametrize("claim", claims)
@pytest.mark.parametrize("outcome", ["reproduced", "contradicted", "inconclusive"])
def test_claim_can_come_out(claim: Claim, outcome: Outcome) -> None:
    (verdict,) = judge(planted(claim, outcome), [claim])
    assert verdict.outcome == outcome, verdict


@pytest.mark.parametrize("name", available(root / "suites"))
def test_claims_of_a_suite_have_ids_of_their_own(name: str) -> None:
    ids = [claim.id for claim in find(name, root / "suites").claims]
    assert len(set(ids)) == len(ids)


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


@pytest.mark.parametrize("claim", tuned)
def test_a_claim_about_the_tuned_arm_has_the_rule_of_the_fixed_one(claim: Claim) -> None:
    fixed = by_id[claim.id.removesuffix("-tuned")]
    own = ("id", "statement", "population", "family")
    own_of_fixed: dict[str, Any] = {name: getattr(fixed, name) for name in own}
    assert dataclasses.replace(claim, **own_of_fixed) == fixed
    assert fixed.statement in claim.statement
    of_suite = [one for one in by_id.values() if one.id.startswith(claim.id.partition(".")[0])]
    assert claim.family not in {one.family for one in of_suite if not one.id.endswith("-tuned")}
