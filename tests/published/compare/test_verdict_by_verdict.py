"""Verdicts, claim by claim: which changed, and which of those on the same cells."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmark.published.compare.comparison import compare
from benchmark.published.compare.sections import as_markdown, bottom_line
from benchmark.published.compare.source import opened
from benchmark.stats.claim import Claim
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests.command_line import exit_code
from tests.published.compare.two_results import held, results, shifted


def test_verdicts_are_compared_claim_by_claim(workspace: Workspace) -> None:
    results(workspace, "a")
    found = held(workspace, "a", results(workspace, "b", value=shifted(0.3)))
    (pair,) = found.verdicts
    assert pair.a and pair.b
    assert (pair.a["outcome"], pair.b["outcome"]) == ("reproduced", "contradicted")
    assert pair.is_changed and not pair.is_edited
    assert "1 verdict changed (EX.C1)" in bottom_line(found)


def judged_otherwise(workspace: Workspace, name: str, outcome: str) -> str:
    path = workspace.root / name / "example/verdicts.json"
    content = json.loads(path.read_text())
    content["verdicts"]["EX.C1"]["outcome"] = outcome
    path.write_text(json.dumps(content))
    return name


def test_a_verdict_that_other_seeds_leave_open_is_told_and_is_no_difference(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    judged_otherwise(workspace, "b", "inconclusive")
    assert exit_code("compare", "a", "b", "--margin", "2") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "no difference found: 1 verdict changed to or from inconclusive on other cells (EX.C1)" in told
    (pair,) = held(workspace, "a", "b", margin=2.0).verdicts
    assert pair.is_changed and not pair.is_different
    assert "yes, on other cells: no evidence of a difference" in as_markdown(held(workspace, "a", "b"))


def test_reproduced_against_contradicted_is_a_difference_on_any_seeds(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    found = held(workspace, "a", judged_otherwise(workspace, "b", "contradicted"), margin=2.0)
    assert found.counts["different"] == 0 and found.is_different
    assert "yes, on other cells: a difference" in as_markdown(found)


def test_any_changed_verdict_on_the_same_cells_is_a_difference(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a")
    results(workspace, "b")
    judged_otherwise(workspace, "b", "inconclusive")
    assert exit_code("compare", "a", "b") == 1
    assert "different: 1 verdict changed (EX.C1)" in capsys.readouterr().out
    assert "yes, on the same cells: a difference" in as_markdown(held(workspace, "a", "b"))


def test_on_which_cells_a_verdict_rests_is_asked_of_the_claim_where_it_is_known(workspace: Workspace) -> None:
    results(workspace, "a", config={"widths": (2, 8, 32)})
    results(workspace, "b")
    judged_otherwise(workspace, "b", "inconclusive")
    (claim,) = find("example", workspace.suites).claims
    fewer = dataclasses.replace(claim, population={"model.width": (2, 32)})

    def is_different(*claims: Claim) -> bool:
        with opened("a", workspace) as left, opened("b", workspace) as right:
            return compare(left, right, margin=1.0, claims={"example": claims}).is_different

    assert not is_different(claim), "it reads a width that one side lacks"
    assert is_different(fewer), "it reads those that both have"
    assert is_different(), "of an unknown one the arms count that both have"
