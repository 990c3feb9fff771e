"""What the knobs of every suite refuse before the first second of training, and in which words."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest

from benchmark.cli.main import main
from benchmark.suite.config import field_types
from benchmark.suite.params import ParamsError, resolve
from benchmark.suite.plan import plan
from tests.suites.folders import folders, place, profiles
from tests.suites.shrunk import unswept
from tests.suites.wrong_values import wrong_values

kinds = {name: field_types(folder.suite) for name, folder in folders.items()}
each = pytest.mark.parametrize("name", folders)
defaults = {
    (name, knob): getattr(folder.suite.profiles["ci"], knob)
    for name, folder in folders.items()
    for knob in kinds[name]
}
each_knob = pytest.mark.parametrize(("name", "knob"), defaults)
each_profile = pytest.mark.parametrize("profile", profiles)


def is_numeric(value: Any) -> bool:
    """Tell whether a knob is a number, or a list of them."""
    items = value if isinstance(value, tuple) else (value,)
    return bool(items) and all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)


def is_range(knob: str, value: Any) -> bool:
    return isinstance(value, tuple) and knob.endswith(("range", "reach"))


def refusals(name: str, **values: Any) -> list[str]:
    """Return what is said of values, a line each."""
    with pytest.raises(ParamsError) as told:
        resolve(folders[name].suite, profile="ci", overrides=values)
    return str(told.value).splitlines()


@each_knob
def test_a_knob_refuses_what_its_type_does_not_have_by_suite_field_value_and_remedy(
    name: str, knob: str
) -> None:
    for wrong in wrong_values(kinds[name][knob]):
        (line,) = refusals(name, **{knob: wrong})
        assert line.startswith(f"{name}: Config.{knob} is {wrong!r}; give "), line


@pytest.mark.parametrize(("name", "knob"), [key for key, value in defaults.items() if is_numeric(value)])
def test_no_knob_is_negative_whatever_its_type_says(name: str, knob: str) -> None:
    value = defaults[name, knob]
    (line,) = refusals(name, **{knob: (-1,) * len(value) if isinstance(value, tuple) else -1})
    assert line.startswith(f"{name}: Config.{knob} is "), line


@pytest.mark.parametrize(
    ("name", "knob"), [key for key, value in defaults.items() if is_range(key[1], value)]
)
def test_a_range_is_written_with_its_smaller_end_first(name: str, knob: str) -> None:
    backwards = defaults[name, knob][::-1]
    (line,) = refusals(name, **{knob: backwards})
    assert line.startswith(f"{name}: Config.{knob} is {backwards!r}; give "), line


@each
def test_all_wrong_knobs_are_told_at_once(name: str) -> None:
    lines = refusals(name, **{knob: {"no": "knob"} for knob in kinds[name]})
    assert [line.partition(" is ")[0] for line in lines] == [f"{name}: Config.{knob}" for knob in kinds[name]]


@each
def test_a_wrong_knob_ends_the_command_with_2_and_a_sentence(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(place.parent)
    with pytest.raises(SystemExit) as ended:
        main(["run", name, "--set", "n_train=0", "--set", "seeds=[]", "--dry-run"])
    said = capsys.readouterr()
    assert ended.value.code == 2 and not said.out and "Traceback" not in said.err
    assert "n_train: expected an integer >= 1 or none, got 0" in said.err
    assert "seeds: expected a list of at least 1, each item an integer >= 0, got []" in said.err


@each
@each_profile
def test_a_batch_larger_than_the_training_set_is_refused_by_a_knob(name: str, profile: str) -> None:
    config = unswept(folders[name].suite.profiles[profile])
    largest = max(one.training.batch_size for one in folders[name].suite.cells(config) if one.training)
    with pytest.raises(
        ValueError, match=r"^Config\.(\w*batch_sizes?|n_train) is .*give at (least|most) that"
    ):
        replace(config, n_train=largest - 1)


@each
@each_profile
def test_an_empty_list_leaves_out_networks_or_is_refused_by_a_knob(name: str, profile: str) -> None:
    config = replace(folders[name].suite.profiles[profile], seeds=(0,))
    n_cells = len(plan(folders[name], profile=profile, config=config).cells)
    for knob in (field.name for field in fields(config) if isinstance(getattr(config, field.name), tuple)):
        without, said = emptied(config, knob)
        if without is None:
            assert re.match(r"Config\.\w+ is .*; \w+", said), said
        else:
            assert 0 < len(plan(folders[name], profile=profile, config=without).cells) <= n_cells, knob


def emptied(config: Any, knob: str) -> tuple[Any, str]:
    try:
        return replace(config, **{knob: ()}), ""
    except ValueError as refused:
        return None, str(refused)
