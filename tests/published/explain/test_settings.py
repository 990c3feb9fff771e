"""Settings that a claim was decided under, by aspect, how they differ, and what a sweep moves."""

from __future__ import annotations

import dataclasses

import pytest

from benchmark.published.explain.settings import aspect_of, changes, settings_of
from benchmark.published.explain.swept import swept_factors
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests import root


def test_what_a_claim_compares_is_part_of_its_definition(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[1]
    settings = settings_of(claim, [{"data": "Digits", "width": width, "profile": "ci"} for width in (2, 8)])
    assert settings is not None
    assert settings["definition"] == ("performance test_error (two arms over width)",)


swept = ("training.lr", "training.momentum", "training.nesterov")
fixed_settings = {
    "training": ("SGD",), "training.lr": ("0.1",), "training.momentum": ("0",), "training.nesterov": ("False",),
    "training.schedule": ("step",), "tuned": ("fixed",),
}  # fmt: skip
tuned_settings = {
    **fixed_settings, "training.lr": ("0.03", "0.3"), "training.momentum": ("0.6",), "training.nesterov": ("True",),
    "tuned": swept,
}  # fmt: skip


def test_tuned_hyperparameters_are_one_thing_whatever_their_values() -> None:
    (change,) = changes(fixed_settings, tuned_settings)
    assert change.aspect == "tuned or fixed hyperparameters"
    assert (change.before, change.after) == ("fixed", "tuned (lr, momentum, nesterov)")


def test_what_no_sweep_moves_is_told_of_tuned_networks_too() -> None:
    other = {**tuned_settings, "training": ("Adam",), "training.schedule": ("constant",)}
    told = {change.aspect: (change.before, change.after) for change in changes(fixed_settings, other)}
    assert told.keys() == {"tuned or fixed hyperparameters", "optimizer", "learning rate"}
    assert told["optimizer"] == ("SGD", "Adam")
    assert told["learning rate"] == ("schedule step", "schedule constant")


def test_momentum_is_told_between_networks_that_are_both_fixed() -> None:
    other = {**fixed_settings, "training.momentum": ("0.9",)}
    assert [change.aspect for change in changes(fixed_settings, other)] == ["optimizer"]


@pytest.mark.parametrize(
    ("name", "moved"),
    [("depth_skip_connections", swept), ("batch_size_sharpness", swept[:1]), ("width", swept[:1])],
)
def test_a_sweep_moves_what_its_space_names_and_what_comes_with_it(name: str, moved: tuple[str, ...]) -> None:
    suite = find(name, root / "suites").suite
    assert swept_factors(suite, suite.profiles["ci"]) == moved


def test_a_suite_without_a_sweep_moves_nothing(workspace: Workspace) -> None:
    suite = find("example", workspace.suites).suite
    assert swept_factors(suite, suite.profiles["ci"]) is None


def test_a_sweep_that_was_answered_moves_only_what_is_in_force_elsewhere_than_the_default() -> None:
    suite = find("depth_skip_connections", root / "suites").suite
    assert suite.sweep is not None
    config = suite.profiles["ci"]
    points = {arm: dict(suite.sweep.default(config, arm)) for arm in suite.sweep.arms(config)}
    kept_all = tuple((arm, name, value) for arm, point in points.items() for name, value in point.items())
    assert swept_factors(suite, dataclasses.replace(config, tuned=kept_all)) == ()
    moved = tuple((arm, name, 2 * value if name == "lr" else value) for arm, name, value in kept_all)
    assert swept_factors(suite, dataclasses.replace(config, tuned=moved)) == swept[:1]


def test_a_sweep_that_kept_every_default_is_told_as_such(workspace: Workspace) -> None:
    claim = dataclasses.replace(find("example", workspace.suites).claims[1], population={"tuned": True})
    cells = [{"data": "Digits", "width": width, "profile": "ci", "tuned": True} for width in (2, 8)]
    unknown, settings = (settings_of(claim, cells, swept=moved) for moved in (None, ()))
    assert unknown is not None and unknown["tuned"] == ("tuned",)
    assert settings is not None
    (change,) = changes({**settings, "tuned": ("fixed",)}, settings)
    assert (change.before, change.after) == ("fixed", "tuned, and every default kept")


def test_a_claim_on_tuned_networks_names_what_is_swept(workspace: Workspace) -> None:
    claim = dataclasses.replace(find("example", workspace.suites).claims[1], population={"tuned": True})
    cells = [{"data": "Digits", "width": width, "profile": "ci", "tuned": True} for width in (2, 8)]
    settings = settings_of(claim, cells, swept=swept)
    assert settings is not None and settings["tuned"] == swept


@pytest.mark.parametrize(
    ("factor", "aspect"),
    [
        ("data.n_train", "data"), ("data.split_seed", None), ("model.width", "model"), ("arm", None),
        ("training.momentum", "optimizer"), ("training.stop_at_loss", "stop rule"), ("start.parents", None),
        ("start.step", "start"), ("init_seed", None),
    ],
)  # fmt: skip
def test_factors_are_about_aspects(factor: str, aspect: str | None) -> None:
    assert aspect_of(factor) == aspect


def test_settings_out_of_scope_are_none(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[0]
    assert settings_of(claim, [{"data": "Digits", "model.width": 2, "profile": "ci"}]) is None
