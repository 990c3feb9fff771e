"""How times are taken: order, checks, settings."""

from __future__ import annotations

import gc
import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from bench.comparison import Comparison, Effort, Tool
from bench.method import Answer, Contender, compare, least_time
from tests.mutants import Mutant, red_with


def contender(name: str, calls: list[str], **changes: Any) -> Contender:
    """Return one that answers 1 and writes down that it was called."""

    def solve(seed: int) -> Answer:
        calls.append(name)
        return Answer(values=torch.tensor(1.0), n_products=seed)

    fields: dict[str, Any] = {"solve": solve, "error": lambda answers: 0.0, "tolerance": 0.5} | changes
    return Contender(name=name, version="", settings="", **fields)


@pytest.fixture(autouse=True)
def no_collection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests what takes longest beside work that takes no time."""
    monkeypatch.setattr(gc, "collect", lambda: 0)


def quiet(text: str) -> None:
    pass


@red_with(Mutant(compare, "racing if index % 2 == 0 else reversed(racing)", "racing"))
def test_contenders_take_turns_there_and_back_after_a_check_and_ours_takes_two() -> None:
    calls: list[str] = []
    ours = contender("A", calls)
    rows = compare([ours, contender("B", calls)], seeds=[0], n_rounds=3, budget_s=60, tick=quiet)
    assert "".join(calls) == "ABA" + "ABA" + "ABA" + "ABA"
    assert [row.contender.name for row in rows] == ["A", "B", "A, once more"]
    assert [len(row.wall) for row in rows] == [3, 3, 3]
    calls.clear()
    compare(
        [ours, contender("B", calls), contender("C", calls)], seeds=[0], n_rounds=2, budget_s=60, tick=quiet
    )
    assert "".join(calls) == "ABCA" + "ABCA" + "ACBA"


def test_a_wrong_answer_is_invalid_and_never_timed() -> None:
    calls: list[str] = []
    wrong = contender("wrong", calls, error=lambda answers: 0.6)
    nothing = contender("nan", calls, error=lambda answers: math.nan)
    rows = compare([contender("ours", calls), wrong, nothing], seeds=[0], n_rounds=3, budget_s=60, tick=quiet)
    assert calls.count("wrong") == calls.count("nan") == 1
    for row in rows[1:3]:
        assert not row.valid and "wall_s" not in row.record()


def test_an_answer_that_turns_wrong_later_takes_the_times_away() -> None:
    errors = iter([0.0, 0.0, 0.6])
    rows = compare(
        [contender("A", [], error=lambda answers: next(errors, 0.0)), contender("B", [])],
        seeds=[0],
        n_rounds=4,
        budget_s=60,
        tick=quiet,
    )
    record = rows[0].record()
    assert record["valid"] is False and "wall_s" not in record and record["error"] == 0.6
    assert rows[1].record()["valid"] is True


def test_rounds_end_with_the_budget_but_not_before_the_third() -> None:
    rows = compare([contender("A", [])], seeds=[0], n_rounds=10, budget_s=0, tick=quiet)
    assert len(rows[0].wall) == 3
    slow = contender("slow", [], once=True)
    rows = compare([contender("A", []), slow], seeds=[0], n_rounds=5, budget_s=60, tick=quiet)
    assert [len(row.wall) for row in rows] == [5, 1, 5]


def test_times_and_products_are_per_solution() -> None:
    calls: list[str] = []
    rows = compare([contender("A", calls)], seeds=[10, 20], n_rounds=3, budget_s=60, tick=quiet)
    assert rows[0].n_products == 15
    assert len(calls) == 2 * 2 * 4  # both rows, both seeds, one check and three rounds


def test_a_tool_runs_with_its_cheapest_setting_that_is_accurate_enough() -> None:
    tool = Tool(
        name="tool",
        version="1",
        solve=lambda seed, steps: Answer(values=torch.tensor(1 / steps)),
        settings=[{"steps": 1}, {"steps": 4}, {"steps": 20}],
    )

    def error(answers: Sequence[Answer]) -> float:
        return float(answers[0].values)

    assert tool.tuned(error, aim=0.3, tolerance=0.3, seeds=[0]).settings == "steps=4"
    best = tool.tuned(error, aim=0.01, tolerance=0.01, seeds=[0])
    assert best.settings == "steps=20" and best.error([best.solve(0)]) > best.tolerance
    assert tool.with_options(error, options={}).settings == "defaults"


def test_a_comparison_becomes_json_with_floors_and_loads() -> None:
    table = Comparison(
        title="title", note="note", error_name="error", contenders=[contender("A", [])], seeds=[0]
    ).measured(Effort(quick=True, tick=quiet))
    assert [row["tool"] for row in table["rows"]] == ["A", "A, once more"]
    assert len(table["loads"]) == 2 and isinstance(table["is_busy"], bool)


def test_the_least_time_is_the_least() -> None:
    assert 0 < least_time(lambda: sum(range(100)), n_repeats=5) < 1
