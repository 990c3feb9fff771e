"""What every suite keeps to, whatever it is about; a new one is held to it by being there."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter

import pytest

from benchmark.stats.claim import Claim
from benchmark.stats.judging import judge
from benchmark.stats.number import Number
from benchmark.stats.sample import SCOPE_COLUMNS
from benchmark.suite.claim_names import numbers_of
from benchmark.suite.plan import Plan
from tests.suites.folders import folders, profiles
from tests.suites.manifest import planned
from tests.suites.random_records import random_records

each = pytest.mark.parametrize("name", folders)
each_profile = pytest.mark.parametrize("profile", profiles)


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
    suite, config = folders[name].suite, planned(name, profile).config
    by_seed = [
        {cell.key for cell in suite.cells(dataclasses.replace(config, seeds=(seed,)))} for seed in (0, 1)
    ]
    assert by_seed[0] and by_seed[0].isdisjoint(by_seed[1])


@each
def test_every_number_of_a_claim_is_made_by_a_measure(name: str) -> None:
    plans = [planned(name, profile) for profile in profiles]
    for claim in folders[name].claims:
        for number in numbers_of(claim):
            assert any(is_made(number, laid_out) for laid_out in plans), f"{claim.id} reads {number}"


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
def test_a_claim_is_decided_in_every_profile_that_its_scope_admits_and_in_one_at_least(name: str) -> None:
    claims = folders[name].claims
    decided = {profile: decided_by(name, profile, claims) for profile in profiles}
    for claim in claims:
        found = {profile for profile in profiles if claim.id in decided[profile]}
        assert found == {profile for profile in profiles if admits(claim, name, profile)} != set(), claim.id


def admits(claim: Claim, name: str, profile: str) -> bool:
    """Tell whether a profile has a row of the data, the model and the name that a claim is about."""
    wanted = {column: getattr(claim.scope, field) for field, column in SCOPE_COLUMNS.items()}
    found = random_records(name, profile)[list(wanted)].drop_duplicates().to_dict("records")
    return any(all(row[column] in levels for column, levels in wanted.items() if levels) for row in found)


def decided_by(name: str, profile: str, claims: tuple[Claim, ...]) -> set[str]:
    verdicts = judge(random_records(name, profile), claims)
    return {claim.id for claim, verdict in zip(claims, verdicts, strict=True) if verdict.outcome != "not_run"}


@each
def test_no_family_has_more_than_ten_confirmatory_claims(name: str) -> None:
    claims = folders[name].claims
    counts = Counter(claim.family for claim in claims if claim.confirmatory)
    assert counts and max(counts.values()) <= 10
