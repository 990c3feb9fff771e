"""The command that compares: when it is red, and what it says of equivalence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmark.store.workspace import Workspace
from tests.command_line import exit_code
from tests.published.compare.two_results import results, shifted


def test_that_equivalence_is_not_corrected_is_said_where_it_was_tested(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    told = "are not corrected for their number: of numbers that differ by just the margin, about 5 %"
    assert exit_code("compare", "a", "b", "--margin", "2", "--markdown", "c.md") == 0
    assert told in capsys.readouterr().out and told in Path("c.md").read_text()
    assert exit_code("compare", "a", "a") == 0
    assert told not in capsys.readouterr().out, "what is equal bit by bit was not tested"
    assert exit_code("compare", "--help") == 0
    assert "about 5 % pass" in " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_the_command_is_red_where_something_differs(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", value=shifted(0.3))
    results(workspace, "b", value=shifted(0.4), seeds=range(20, 30))
    assert exit_code("compare", "a", "a") == 0
    assert capsys.readouterr().out.endswith("the same: 4 are the same bit by bit\n")
    assert exit_code("compare", "a", "b", "--markdown", "c.md") == 1
    told = capsys.readouterr().out
    assert "Numbers that differ" in told and told.splitlines()[-1].startswith(
        "different: 2 numbers of 4 differ"
    )
    assert "| suite | arm | number |" in Path("c.md").read_text()
    assert exit_code("compare", "a", "b", "--json") == 1
    content = json.loads(capsys.readouterr().out)
    assert content["is_different"] is True
    assert len(content["numbers"]) == 4
    assert exit_code("compare", "a", "nowhere") == 2
    results(workspace, "c", config={"widths": (1, 16)})
    results(workspace, "d")
    capsys.readouterr()
    assert exit_code("compare", "c", "d") == 2
    assert capsys.readouterr().out.endswith("not comparable: no number is of the same arm on both sides\n")
    assert exit_code("compare", "a", "b", "--margin", "0") == 2
