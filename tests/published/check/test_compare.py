"""What differs by more than its tolerance is named; what does not, is not."""

from __future__ import annotations

import math

import pytest

from benchmark.published.check.deviations import compare
from benchmark.published.check.differences import Comparison
from tests.published.check.tables import Row, history, row, seeds, table


def compared(expected: list[Row], found: list[Row]) -> Comparison:
    return compare("suite", table(*expected), table(*found))


def test_equal_tables_pass_and_are_counted() -> None:
    rows = [*history([1.0, 0.5]), *seeds([1.0, 2.0, math.nan])]
    found = compared(rows, rows)
    assert found.passed
    assert (found.n_cells, found.n_numbers, found.n_equal) == (3, 5, 5)
    assert (found.worst, found.worst_at) == (0.0, "")
    assert found.by_label == {"history": 2, "m[rho=1]": 3}


@pytest.mark.parametrize(
    ("value", "is_red"), [(2.0000019, False), (2.0000021, True), (math.nan, True), (math.inf, True)]
)
def test_a_number_is_red_beyond_a_millionth_of_its_size(value: float, is_red: bool) -> None:
    found = compared(seeds([2.0, 2.0]), seeds([2.0, value]))
    assert found.passed is not is_red
    assert (found.n_numbers, found.n_equal) == (2, 1)
    assert found.worst == pytest.approx(abs(value - 2) / 2 if math.isfinite(value) else math.inf)
    assert found.worst_at == "seed=1 m[rho=1] value"


def test_the_size_of_a_number_near_0_is_typical_of_its_quantity_in_the_baseline() -> None:
    assert compared(seeds([1e-9, 2.0, 3.0]), seeds([2e-9, 2.0, 3.0])).passed
    assert not compared(seeds([1e-9] * 3), seeds([2e-9, 1e-9, 1e-9])).passed
    assert not compared(seeds([1e-9, 1e-9]), seeds([2e-9, 5.0])).passed, "what is found has no say"
    assert not compared(seeds([0.0, 0.0, 1e-5]), seeds([0.0, 0.0, 1.00001e-5])).passed, "nor have zeros"
    assert compared(seeds([0.0, 1e-17]), seeds([3e-16, 0.0])).passed, "an identity"
    baseline = table(*seeds([1e-9, 2.0, 3.0]))
    part = baseline[baseline["seed"] == 0]
    assert compare("suite", part, table(*seeds([2e-9]))).passed, "of all of it, whatever part is checked"


@pytest.mark.parametrize("quantity", ["n_steps", "n_bumps"])
def test_a_count_is_exact(quantity: str) -> None:
    assert not compared([row(quantity=quantity)], [row(quantity=quantity, value=2.0 + 1e-15)]).passed


def test_a_difference_names_suite_cell_measure_and_both_numbers() -> None:
    other = row(cells=["b"], factors='{"arm": "other", "tuned": true}')
    (red,) = compared([row(), other], [row(value=2.0001), other]).differences
    assert str(red) == "suite: arm=plain seed=0: m[rho=1] value: expected 2, found 2.0001, tolerance 2e-06"
    (red,) = compared([row(), other], [row(), {**other, "value": 0}]).differences
    assert red.cell == "arm=other seed=0", "that a sweep chose a level names no cell"


def test_a_training_that_stops_earlier_lacks_rows_and_one_that_goes_on_does_not() -> None:
    rows = history([1.0, 0.8, 0.6, 0.4])
    (red,) = compared(rows, rows[:2]).differences
    assert (red.kind, red.measure, red.found) == ("missing", "history loss", "2 rows are missing")
    assert compared(rows[:2], rows).passed, "how many steps there are is a number of its own"


def test_what_is_missing_is_red_once_for_each_measure() -> None:
    expected = [*seeds([1.0]), *seeds([1.0], label="other")]
    (red,) = compared(expected, seeds([1.0])).differences
    assert (red.kind, red.label, red.found) == ("missing", "other", "not computed")
    (red,) = compared([row(), row(quantity="more")], [row()]).differences
    assert (red.label, red.quantity) == ("m[rho=1]", "more")
    assert len(compared(expected, []).differences) == 2


def test_what_is_new_is_no_difference() -> None:
    assert compared([row()], [row(), row(label="new"), row(cells=["b"])]).passed


def test_another_status_is_red_with_its_reason() -> None:
    diverged = row(status="diverged", value=math.nan, reason="loss not finite at step 10")
    (red,) = compared([row(quantity="lambda_max")], [diverged]).differences
    assert (red.quantity, red.expected) == ("status", "done")
    assert red.found == "diverged (loss not finite at step 10)"


def test_what_failed_in_both_is_counted() -> None:
    failed = row(status="failed", value=math.nan, reason="too flat")
    found = compared([failed], [failed])
    assert found.passed and found.n_failed == 1


def test_equal_rows_are_told_apart_by_their_order() -> None:
    assert not compared([row(value=1.0), row(value=2.0)], [row(value=2.0), row(value=1.0)]).passed
