"""params.yaml: what a user may write; and what `--set` and `--seeds` take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmark.suite.params import Params, ParamsError, assignments, read, resolve, seeds
from benchmark.suite.suite import Suite
from tests.suite.params_texts import read_text


def test_absent_file_means_defaults(tmp_path: Path) -> None:
    assert read(tmp_path / "params.yaml", tmp_path / "suites") == Params()


def test_null_means_as_the_profile_says(suites_dir: Path) -> None:
    params = read_text("profile: small\nsuites:\n  width:\n    lr: null\n    seeds:\n", suites_dir)
    assert params == Params(profile="small", suites={"width": {}})


@pytest.mark.parametrize(
    ("written", "field", "value"),
    [
        ("lr: 1e-3", "lr", 0.001),
        ("lr: 2", "lr", 2.0),
        ("n_train: 1e3", "n_train", 1000),
        ("batch_sizes: [16, 64]", "batch_sizes", (16, 64)),
        ("batch_sizes:\n    - 8", "batch_sizes", (8,)),
        ("n_train: none", "n_train", None),
        ("norm: batch", "norm", "batch"),
        ("norm: none", "norm", "none"),
        ("fast: true", "fast", True),
        ("data: 'cifar10'", "data", "cifar10"),
        ("data: 2020-01-01", "data", "2020-01-01"),
    ],
)
def test_values_become_the_type_of_their_field(
    written: str, field: str, value: Any, suites_dir: Path
) -> None:
    found = read_text(f"suites:\n  width:\n    {written}\n", suites_dir).suites["width"][field]
    assert found == value
    assert type(found) is type(value)


def test_set_takes_yaml_values_of_fields(suite: Suite) -> None:
    found = assignments(["batch_sizes=[16, 64]", "lr=1e-3", "norm=batch", "n_train=null"], suite)
    assert found == {"batch_sizes": (16, 64), "lr": 0.001, "norm": "batch", "n_train": None}


def test_set_tells_every_problem(suite: Suite) -> None:
    with pytest.raises(ParamsError) as caught:
        assignments(["lr=fast", "batchsizes=[1]", "lr", "norm=[", "seeds=*x", "fast=null"], suite)
    assert len(caught.value.problems) == 6
    assert "did you mean batch_sizes?" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0-3", (0, 1, 2, 3)), ("3", (3,)), ("0,1, 2", (0, 1, 2)), ("0-2,7,1", (0, 1, 2, 7))],
)
def test_seeds_are_ranges_and_lists(text: str, expected: tuple[int, ...]) -> None:
    assert seeds(text) == expected


@pytest.mark.parametrize("text", ["", "a", "3-1", "-1", "0..9", "1,", "0-999999999", "1e3", "1-2-3"])
def test_bad_seeds_are_refused(text: str) -> None:
    with pytest.raises(ParamsError, match="write 0-9, 3 or 0,1,2"):
        seeds(text)


def test_overrides_replace_fields_of_the_profile(suite: Suite) -> None:
    config = resolve(suite, profile="full", overrides={"lr": 0.5})
    assert (config.lr, config.batch_sizes) == (0.5, (256, 4096))


def test_unknown_profile_and_refused_values_are_problems(suite: Suite) -> None:
    with pytest.raises(ParamsError, match="did you mean full"):
        resolve(suite, profile="ful", overrides={})
    with pytest.raises(ParamsError, match="give a number > 0"):
        resolve(suite, profile="ci", overrides={"lr": -1.0})


def test_a_suite_that_cannot_be_imported_does_not_stop_the_others(suites_dir: Path) -> None:
    (suites_dir / "broken").mkdir()
    (suites_dir / "broken" / "suite.py").write_text("1 / 0\n")
    assert read_text("suites: {width: {lr: 2}, broken: {x: 1}}\n", suites_dir).suites == {
        "width": {"lr": 2.0}
    }
