"""Variants of a definition, folded into one line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from benchmark.published.explain.folds import Fold, folded, outcome
from benchmark.published.explain.ranges import listed
from benchmark.published.explain.rungs import Rung
from benchmark.published.explain.settings import Change
from benchmark.published.explain.steps import Step
from benchmark.store.workspace import Workspace
from tests.command_line import exit_code
from tests.published.explain.example_ladder import run

matrix = """

from benchmark.stats.claim import Leg
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.reduce import kendall_tau

numbers = {"trend": test_error, "trend of the norm": Number(measure="weight_norm", quantity="all")}
definitions = (DefinitionMatrix(
    claim="EX.C1-digits",
    columns={"any width": {}},
    rows={
        name: (
            Leg(reduce=kendall_tau(number, factor="model.width"), direction="less", smallest_effect=0.1, unit="tau"),
        )
        for name, number in numbers.items()
    },
),)
"""


@pytest.fixture
def with_matrix(workspace: Workspace) -> Workspace:
    """The same suite, with two other definitions of the claim on digits."""
    path = workspace.suites / "example/claims.py"
    text = path.read_text()
    path.write_text(text + matrix)
    run(workspace)
    return workspace


def test_variants_of_a_definition_are_one_line_unless_all_are_asked_for(
    with_matrix: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("explain", "EX.C1", "--markdown", "l.md") == 0
    text = capsys.readouterr().out
    (fold,) = [line for line in text.splitlines() if "EX.C1-digits [" in line]
    assert fold.startswith("3 and 4. latest: EX.C1-digits [2 definitions; any width]: 1 of 2 reproduced, ")
    assert "; effects -1 to " in fold and fold.endswith(" tau")
    assert "   from 2, one thing changes in each: definition" in text
    assert "--all lists each" in text and "--all lists each" in Path("l.md").read_text()
    assert exit_code("explain", "EX.C1", "--all") == 0
    every = capsys.readouterr().out
    assert every.count("latest: EX.C1-digits [") == 2 and "--all" not in every
    assert exit_code("explain", "EX.C1", "--json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert sum("[" in step["claim"] for step in steps) == 2


def variant(row: str, effect: float | None, outcome: str, *, unit: str = "nats", column: str = "a") -> Step:
    verdict = {"outcome": outcome, "effect": effect, "unit": unit}
    start = Rung(claim="X.C1", where="latest", settings={}, verdict={}, profile="", command="")
    rung = dataclasses.replace(start, verdict=verdict, variant=(row, column))
    return Step(rung=rung, start=start, changes=(Change(aspect="definition", before="a", after=row),))


def test_a_fold_says_how_many_hold_and_the_range_of_effects() -> None:
    steps = [
        variant("p", 0.3, "reproduced"), variant("q", -0.25, "contradicted"), variant("r", None, "inconclusive"),
        variant("s", 2.0, "reproduced", unit="log ratio"), variant("p", 1.0, "reproduced", column="b"),
    ]  # fmt: skip
    fold, single = folded(steps)
    assert isinstance(fold, Fold) and fold.steps == tuple(steps[:4])
    assert single is steps[4], "a column of one variant is that step"
    assert outcome(fold) == (
        "2 of 4 reproduced, 1 contradicted, 1 inconclusive; effects -0.25 to 0.3 nats and 2 to 2 log ratio"
    )


@pytest.mark.parametrize(
    ("numbers", "text"), [([4], "4"), ([2, 3], "2 and 3"), ([3, 5, 6, 7, 10], "3, 5 to 7 and 10")]
)
def test_numbers_of_steps_are_listed_with_ranges(numbers: list[int], text: str) -> None:
    assert listed(numbers) == text
