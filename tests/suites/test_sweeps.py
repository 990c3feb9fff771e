"""What every suite sweeps, and how the winners enter its cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmark.cells.cell import Cell
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, plan
from benchmark.suite.suite import Suite, Sweep
from benchmark.suite.tuning import Question
from tests.suites.folders import folders as every
from tests.suites.folders import profiles
from tests.suites.manifest import with_winners

folders = {name: folder for name, folder in every.items() if folder.suite.sweep is not None}
each = pytest.mark.parametrize("name", folders)
each_profile = pytest.mark.parametrize("profile", profiles)


def laid_out(folder: SuiteFolder, config: Any) -> Plan:
    return plan(folder, profile="ci", config=config)


def of(name: str, profile: str = "ci") -> tuple[Suite, Sweep, Any]:
    suite = folders[name].suite
    assert suite.sweep is not None
    return suite, suite.sweep, replace(suite.profiles[profile], seeds=(3,))


def jobs(laid: Plan) -> set[tuple[str, tuple[str, ...]]]:
    return {(job.measure.label, tuple(cell.key for cell in job.cells)) for job in laid.jobs}


def columns(laid: Plan, cell: Cell) -> dict[str, Any]:
    return {name: value for name, value in laid.factors(cell).items() if name != "tuned"}


@each
@each_profile
def test_a_sweep_can_be_asked(name: str, profile: str) -> None:
    suite, _, config = of(name, profile)
    Question(suite=suite, profile=profile, config=config).check()


@each
@each_profile
def test_a_trial_is_trained_as_its_arm_is_with_validation_examples(name: str, profile: str) -> None:
    _, sweep, config = of(name, profile)
    fixed = {(cell.model, cell.training) for cell in laid_out(folders[name], config).cells}
    for arm in sweep.arms(config):
        cell = sweep.cell(config, arm, sweep.default(config, arm), 1_000_000)
        assert (cell.model, cell.training) in fixed
        assert (cell.data.n_val, cell.data.split_seed, cell.init_seed) == (config.n_val, 1_000_000, 1_000_000)


@each
def test_a_trial_has_the_hyperparameters_that_are_tried(name: str) -> None:
    _, sweep, config = of(name)
    for arm in sweep.arms(config):
        point = {name: (span.low + span.high) / 2 for name, span in sweep.space(config).items()}
        training = sweep.cell(config, arm, point, 1_000_000).training
        assert {name: getattr(training, name) for name in point} == point


@each
def test_without_winners_no_cell_tells_of_tuning(name: str) -> None:
    _, _, config = of(name)
    laid = laid_out(folders[name], config)
    assert not any("tuned" in laid.factors(cell) for cell in laid.cells)


@each
@each_profile
def test_winners_add_cells_and_leave_the_others_as_they_are(name: str, profile: str) -> None:
    suite, _, config = of(name, profile)
    before, after = (laid_out(folders[name], each) for each in (config, with_winners(suite, config)))
    assert after.cells[: len(before.cells)] == before.cells
    assert [columns(before, cell) for cell in before.cells] == [columns(after, cell) for cell in before.cells]
    assert not any(after.factors(cell).get("tuned") for cell in before.cells)
    added = [after.factors(cell) for cell in after.cells[len(before.cells) :]]
    assert added
    assert all(factors["arm"] == "tuned" and factors["tuned"] for factors in added)
    new = {cell.key for cell in after.cells} - {cell.key for cell in before.cells}
    assert jobs(before) <= jobs(after)
    assert all(set(keys) <= new for _, keys in jobs(after) - jobs(before))


@each
def test_a_winner_at_the_default_is_the_fixed_cell(name: str) -> None:
    _, sweep, config = of(name)
    points = {arm: sweep.default(config, arm) for arm in sweep.arms(config)}
    defaults = tuple((arm, key, value) for arm, point in points.items() for key, value in point.items())
    before, after = (laid_out(folders[name], each) for each in (config, replace(config, tuned=defaults)))
    assert after.cells == before.cells
    assert any(after.factors(cell).get("tuned") for cell in after.cells)


@each
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"n_val": 1797}, r"n_val is 1797; it does not fit \(.*\); give fewer, or sweep_trials=0"),
        (
            {"sweep_seeds": ()},
            r"sweep_seeds is \(\); give at least 4, for a gain needs a standard error, or sweep_",
        ),
        (
            {"sweep_seeds": (10, 11, 12)},
            r"sweep_seeds is \(10, 11, 12\); give at least 4, .*, or sweep_trials=0",
        ),
        ({"sweep_seeds": (10, 11, 12, 12)}, r"sweep_seeds is \(10, 11, 12, 12\); give at least 4"),
        ({"sweep_seeds": (10, 11, 12, 3)}, r"sweep_seeds is \(10, 11, 12, 3\); 3 is among seeds"),
        ({"tuned": (("width=5", "lr", 0.1),)}, r"tuned is .*'width=5' is no arm of the sweep; there are "),
    ],
)
def test_a_config_names_what_no_sweep_can_have(name: str, changes: dict[str, Any], message: str) -> None:
    _, _, config = of(name)
    with pytest.raises(ValueError, match=rf"^Config\.{message}"):
        replace(config, **changes)


@each
def test_a_config_names_a_winner_of_what_is_not_tuned(name: str) -> None:
    _, sweep, config = of(name)
    with pytest.raises(ValueError, match=r"^Config\.tuned is .*'lrr' is not tuned; choose from lr"):
        replace(config, tuned=((sweep.arms(config)[0], "lrr", 0.1),))


@each
def test_without_a_sweep_there_need_be_no_room_for_validation(name: str) -> None:
    _, _, config = of(name)
    assert replace(config, sweep_trials=0, n_val=1797, sweep_seeds=()).sweep_trials == 0
