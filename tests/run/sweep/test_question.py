"""What a sweep is asked, which answers fit, and questions that cannot be asked."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmark.run.sweep.answer import answer
from benchmark.suite.suite import Range
from benchmark.suite.tuning import Question, points_in_force, tried_cells, with_winners
from tests.run.sweep.questions import folder, question, searched


def with_sweep(**changes: Any) -> Question:
    """Return the tiny suite's question with parts of its sweep replaced."""
    suite = folder.suite
    assert suite.sweep is not None
    sweep = dataclasses.replace(suite.sweep, **changes)
    return dataclasses.replace(question(), suite=dataclasses.replace(suite, sweep=sweep))


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 0.2},
        {"steps": 30},
        {"widths": (4, 8)},
        {"n_val": 100},
        {"sweep_trials": 8},
        {"sweep_seeds": (7, 8, 9)},
        {"highest_lr": 10.0},
    ],
)
def test_whatever_shapes_the_sweep_asks_another_question(change: dict[str, Any]) -> None:
    assert question(**change).asked != question().asked


@pytest.mark.parametrize(
    "change", [{"n_line": 9}, {"seeds": (5, 6, 7)}, {"tuned": (("width=4", "lr", 0.5),)}]
)
def test_what_shapes_no_cell_of_the_sweep_asks_the_same(change: dict[str, Any]) -> None:
    assert question(**change).asked == question().asked


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: question(sweep_seeds=(1, 2)), "sweep_seeds holds [1], which seeds holds too"),
        (lambda: question(sweep_seeds=()), "sweep_seeds is []; give at least one"),
        (lambda: question(sweep_seeds=(7, 7)), "sweep_seeds is [7, 7]; give at least one seed, each once"),
        (lambda: question(n_val=0), "no validation examples; set n_val above 0"),
        (lambda: question(lr=1e7), "the default lr=10000000.0 lies outside 0.001 to 1000000.0"),
        (lambda: question(widths=()), "sweep.arms gives []"),
        (lambda: with_sweep(space=lambda config: {}), "sweep.space is empty"),
        (
            lambda: with_sweep(space=lambda config: {"lr": Range(low=0.01, high=1.0)}),
            "the default names ['lr', 'momentum'], but the space ['lr']",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_remedy(asked: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        asked().check()


@pytest.mark.parametrize(
    ("low", "high", "log", "said"),
    [(1.0, 1.0, False, "below high=1.0"), (0.0, 1.0, True, "above 0 where log=True")],
)
def test_a_range_that_holds_nothing_is_refused(low: float, high: float, log: bool, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Range(low=low, high=high, log=log)


def test_no_trials_ask_nothing() -> None:
    asked = question(sweep_trials=0, sweep_seeds=())
    asked.check()
    assert asked.arms == () and asked.head["n_trials"] == 0


def answered(asked: Question, path: Path) -> dict[str, Any]:
    """Write the answer of a pretended sweep of the first arm."""
    content = answer(asked, [searched(asked)])
    path.write_text(json.dumps(content))
    return content


def test_winners_are_filled_in_where_the_answer_fits(tmp_path: Path) -> None:
    content = answered(question(), tmp_path / "best.json")
    config, note = with_winners(question(n_line=9), [tmp_path / "missing.json", tmp_path / "best.json"])
    assert note == ""
    assert config.tuned == points_in_force(content)
    assert config.tuned[0][:2] == ("width=4", "lr") and config.tuned[1][:2] == ("width=4", "momentum")


def test_an_arm_that_kept_its_default_is_filled_in_with_it(tmp_path: Path) -> None:
    kept = question(sweep_trials=12)  # on three seeds
    moved = question(sweep_trials=12, sweep_seeds=(10, 11, 12, 13))
    for asked, is_default in ((kept, True), (moved, False)):
        study = answered(asked, tmp_path / "best.json")["studies"]["width=4"]
        winning_point = {
            name: value for _, name, value in with_winners(asked, [tmp_path / "best.json"])[0].tuned
        }
        assert winning_point == study["chosen"]["point"] and (winning_point == study["default"]) is is_default
        assert study["best"]["number"] > 0


def test_the_rule_by_which_a_default_is_replaced_is_part_of_the_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = question().asked
    monkeypatch.setattr("benchmark.suite.tuning.rule", {"standard_errors": 3.0, "seeds": 4})
    assert question().asked != before


def test_an_answer_to_another_question_is_not_used(tmp_path: Path) -> None:
    answered(question(), tmp_path / "best.json")
    places = [tmp_path / "missing" / "best.json", tmp_path / "best.json"]
    config, note = with_winners(question(steps=30), places)
    assert config.tuned == ()
    assert note == f"no tuned arm: {places[0]} is not there, and {places[1]} answers another question"


@pytest.mark.parametrize("text", [None, "", "[]", '{"studies": '])
def test_a_missing_or_broken_answer_is_said(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "best.json").write_text(text)
    config, note = with_winners(question(), [tmp_path / "best.json"])
    assert config.tuned == () and note.startswith("no tuned arm: ")


def test_winners_that_the_user_set_stay(tmp_path: Path) -> None:
    answered(question(), tmp_path / "best.json")
    mine = (("width=4", "lr", 0.5),)
    assert with_winners(question(tuned=mine), [tmp_path / "best.json"])[0].tuned == mine


def test_the_tried_cells_are_those_of_the_answer(tmp_path: Path) -> None:
    content = answered(question(), tmp_path / "best.json")
    cells = list(tried_cells(question(), content))
    trials = content["studies"]["width=4"]["trials"]
    assert len(cells) == sum(len(trial["by_seed"]) for trial in trials)
    assert {cell.training.lr for cell in cells} == {trial["point"]["lr"] for trial in trials}
    assert {cell.data.n_val for cell in cells} == {200}
