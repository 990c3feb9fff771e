"""Tolerances come from what was seen between runs, times a safety factor, and are never below the floors."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from benchmark.regression.calibration import text_of
from benchmark.regression.tolerances import Tolerances, floor, floors, measured, read, rounded_up, safety
from tests.regression.tables import row, seeds, table

root = Path(__file__).parents[2]
group = "arm=plain"


def test_small_numbers_give_the_absolute_and_large_ones_the_relative_part() -> None:
    one, other = table(*seeds([0.01, 0.01, 10.0, 20.0])), table(*seeds([0.02, 0.01, 10.0, 21.0]))
    (absolute, relative) = measured([one, other])[group]["m[rho=1]"]["value"]  # type: ignore[misc]
    assert absolute == pytest.approx(safety * 0.01)
    assert relative == pytest.approx(safety * 0.05)


def test_every_pair_of_runs_counts() -> None:
    tables = [table(*seeds([value] * 4)) for value in (1.0, 1.1, 0.9)]
    pair = measured(tables)[group]["m[rho=1]"]["value"]
    assert pair is not None and pair[1] == pytest.approx(safety * 0.2 / 0.9, rel=0.15)


def test_what_is_below_the_floor_is_left_to_it() -> None:
    same = table(*seeds([1.0] * 4))
    assert measured([same, table(*seeds([1.0 + 1e-9] * 4))]) == {}
    tolerances = Tolerances(groups=frozenset([group]))
    assert tolerances.of(group, "m[rho=1]", "value") == floors["number"]
    assert tolerances.of("arm=new", "m[rho=1]", "value") == floors["number"]


def test_numbers_that_were_finite_in_one_run_alone_are_not_compared() -> None:
    table_of = measured([table(row(value=1.0)), table(row(value=math.inf))])
    assert table_of[group]["m[rho=1]"]["value"] is None


def test_a_group_that_ended_otherwise_once_has_no_status_to_compare() -> None:
    table_of = measured([table(row()), table(row(status="diverged", value=math.nan))])
    assert table_of[group]["status"] == {"status": None}


def test_counts_have_no_floor_and_errors_that_of_a_few_examples() -> None:
    assert floor("n_steps") == (0.0, 0.0)
    assert floor("test_error") == floor("gap") == floors["share"]
    assert floor("lambda_max") == floors["number"]


@pytest.mark.parametrize(
    ("number", "rounded"), [(0.0, 0.0), (0.1234, 0.13), (1.0, 1.0), (0.999, 1.0), (123.0, 130.0)]
)
def test_tolerances_are_rounded_up_to_two_digits(number: float, rounded: float) -> None:
    assert rounded_up(number) == pytest.approx(rounded)
    assert rounded_up(number) >= number * (1 - 1e-12)


def test_a_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    above = {group: {"m[rho=1]": {"value": (1e-5, 0.25), "other": None}}}
    content = {"made": {"seeds": [0]}, "groups": [group], "tolerances": above}
    (tmp_path / "tolerances.json").write_text(text_of(content))
    found = read(tmp_path / "tolerances.json")
    assert found == Tolerances(groups=frozenset([group]), above=above, made={"seeds": [0]})
    assert read(tmp_path / "none.json") == Tolerances()


@pytest.mark.parametrize("suite", sorted(path.parent.name for path in (root / "suites").glob("*/suite.py")))
def test_every_suite_says_how_its_tolerances_were_measured(suite: str) -> None:
    path = root / "suites" / suite / "tolerances.json"
    made = json.loads(path.read_text())["made"]
    assert len(made["seeds"]) >= 2 and made["safety"] == safety
    assert made["floors"] == {name: list(pair) for name, pair in floors.items()}
    variants = made["variants"]
    assert len(variants) >= 4 and len({variant["name"] for variant in variants}) == len(variants)
    assert any(variant["equal_to_the_first"] < 1 for variant in variants), "no variant changed a bit"
