"""Every claim of every suite can come out either way, and says what it needs to."""

from __future__ import annotations

import pytest

from benchmark.stats.claim import Claim
from benchmark.stats.judge import judge
from benchmark.stats.verdict import Outcome
from benchmark.suite import available, find
from tests.stats.planted import planted
from tests.suites.manifest import root

claims = [
    pytest.param(claim, id=f"{name}-{claim.id}")
    for name in available(root / "suites")
    for claim in find(name, root / "suites").claims
]


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
