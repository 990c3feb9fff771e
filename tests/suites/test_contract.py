"""What every suite keeps to, whatever it is about; a new one is held to it by being there."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.number import Number
from benchmark.suite.folder import available, find
from benchmark.suite.plan import Plan
from tests import root
from tests.suites.manifest import planned
from tests.suites.random_records import random_records

names = available(root / "suites")
profiles = ("ci", "small", "full")
each = pytest.mark.parametrize("name", names)
each_profile = pytest.mark.parametrize("profile", profiles)
decided_elsewhere: Mapping[str, tuple[str, ...]] = {}  # by id of a claim; () for one that no profile decides


@each
@each_profile
def test_a_profile_has_cells_and_measures_on_them(name: str, profile: str) -> None:
    laid_out = planned(name, profile)
    keys = [cell.key for cell in laid_out.cells]
    assert keys and len(set(keys)) == len(keys)
    measured = {cell.key for job in laid_out.jobs for cell in job.cells}
    assert set(keys) <= measured, "a cell that nothing is measured on is trained for nothing"


@each
@each_profile
def test_measures_take_as_many_networks_as_they_are_given(name: str, profile: str) -> None:
    for job in planned(name, profile).jobs:
        assert job.measure.n_networks in (None, len(job.cells)), job.measure.label


@each
@each_profile
def test_seeds_share_no_network(name: str, profile: str) -> None:
    suite, config = find(name, root / "suites").suite, planned(name, profile).config
    by_seed = [
        {cell.key for cell in suite.cells(dataclasses.replace(config, seeds=(seed,)))} for seed in (0, 1)
    ]
    assert by_seed[0] and by_seed[0].isdisjoint(by_seed[1])


@each
def test_every_number_of_a_claim_is_made_by_a_measure(name: str) -> None:
    plans = [planned(name, profile) for profile in profiles]
    for claim in find(name, root / "suites").claims:
        for number in numbers_in(claim):
            assert any(is_made(number, laid_out) for laid_out in plans), f"{claim.id} reads {number}"


def numbers_in(value: Any) -> Iterator[Number]:
    """Yield the numbers that a claim is told by, wherever in it they stand."""
    if isinstance(value, Number):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from numbers_in(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from numbers_in(item)
    elif isinstance(value, Mapping):
        yield from numbers_in(list(value.values()))


def is_made(number: Number, laid_out: Plan) -> bool:
    """Tell whether a measure of a plan makes a number: by its label, or its family and options."""
    return any(
        number.measure in (measure.label, measure.family)
        and json.loads(json.dumps(dict(measure.options))).items()
        >= json.loads(json.dumps(dict(number.options))).items()
        and (number.quantity in measure.quantities if number.quantity else len(measure.quantities) == 1)
        for measure in {job.measure.label: job.measure for job in laid_out.jobs}.values()
    )


@each
def test_every_claim_is_decided_by_the_first_profile_that_its_scope_admits_and_by_no_other(name: str) -> None:
    claims = find(name, root / "suites").claims
    decided = {profile: decided_by(name, profile, claims) for profile in profiles}
    data = {profile: type(planned(name, profile).cells[0].data).__name__ for profile in profiles}
    found = {claim.id: [profile for profile in profiles if claim.id in decided[profile]] for claim in claims}
    first = {
        claim.id: [profile for profile in profiles if admits(claim, profile, data[profile])][:1]
        for claim in claims
    }
    assert found == {
        **first,
        **{one: list(known) for one, known in decided_elsewhere.items() if one in first},
    }


def admits(claim: Claim, profile: str, data: str) -> bool:
    """Tell whether a claim is about a profile and its data, whatever networks that has."""
    scope = claim.scope
    return (not scope.data or data in scope.data) and (not scope.profiles or profile in scope.profiles)


def decided_by(name: str, profile: str, claims: tuple[Claim, ...]) -> set[str]:
    verdicts = judge(random_records(name, profile), claims)
    return {claim.id for claim, verdict in zip(claims, verdicts, strict=True) if verdict.outcome != "not_run"}


@each
def test_no_family_has_more_than_ten_confirmatory_claims(name: str) -> None:
    claims = find(name, root / "suites").claims
    counts = Counter(claim.family for claim in claims if claim.confirmatory)
    assert counts and max(counts.values()) <= 10
