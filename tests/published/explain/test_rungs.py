"""The family of a claim: its analogues, and what can decide one of them."""

from __future__ import annotations

import dataclasses

import pytest

from benchmark.published.explain.rungs import cells_of, family
from benchmark.published.explain.settings import settings_of
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder, available, find
from benchmark.suite.plan import plan
from tests import root


def test_a_family_is_the_paper_s_claim_and_its_analogues(workspace: Workspace) -> None:
    claims = find("example", workspace.suites).claims
    assert [one.id for one in family(claims, claims[2])] == [
        "EX.C1", "EX.C1-digits", "EX.C1-digits-norm",
    ]  # fmt: skip


@pytest.mark.parametrize("other", ["EX.C10", "EX1.C1", "EX.C1-digits"])
def test_an_id_that_begins_alike_is_of_another_family(workspace: Workspace, other: str) -> None:
    own, analogue, _ = find("example", workspace.suites).claims
    stranger = dataclasses.replace(own, id=other)
    assert [one.id for one in family([own, stranger], own)] == ["EX.C1"]
    assert family([stranger, analogue, own], analogue) == [own, analogue]


every_suite = [find(name, root / "suites") for name in available(root / "suites")]


@pytest.mark.parametrize("folder", every_suite, ids=lambda folder: folder.name)
def test_some_profile_decides_something_of_every_family(folder: SuiteFolder) -> None:
    profiles = folder.suite.profiles.items()
    planned = [cells_of(plan(folder, profile=profile, config=config)) for profile, config in profiles]
    for first in {claim.root: claim for claim in folder.claims}.values():
        members = family(folder.claims, first)
        assert any(settings_of(claim, cells) for claim in members for cells in planned), first.root
