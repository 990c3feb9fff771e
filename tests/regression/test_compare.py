"""What differs by more than its tolerance is named; what does not, is not."""

from __future__ import annotations

import math
from typing import Any

import pytest

from benchmark.regression.compare import compare
from benchmark.regression.differences import Comparison
from benchmark.regression.tolerances import Tolerances
from tests.regression.tables import Row, history, row, seeds, table

loose = {"m[rho=1]": {"value": (0.1, 0.0)}}


def compared(expected: list[Row], found: list[Row], **groups: Any) -> Comparison:
    measured = Tolerances(groups=frozenset(["arm=plain", "arm=noisy"]), above=groups.get("above", {}))
    return compare("suite", table(*expected), table(*found), tolerances=measured)


def test_equal_tables_pass_and_are_counted() -> None:
    rows = [*history([1.0, 0.5]), *seeds([1.0, 2.0, math.nan])]
    found = compared(rows, rows)
    assert found.passed
    assert (found.n_cells, found.n_numbers, found.n_equal, found.worst) == (3, 5, 5, 0.0)
    assert found.by_label == {"history": 2, "m[rho=1]": 3}


@pytest.mark.parametrize(
    ("value", "is_red"), [(2.0019, False), (2.0022, True), (math.nan, True), (math.inf, True)]
)
def test_a_number_is_red_beyond_absolute_plus_relative(value: float, is_red: bool) -> None:
    found = compared([row()], [row(value=value)])
    assert found.passed is not is_red
    if not is_red:
        assert found.worst == pytest.approx(0.0019 / (1e-6 + 2e-3))
        assert found.worst_at == "seed=0 m[rho=1] value"


def test_a_difference_names_suite_cell_measure_and_both_numbers() -> None:
    other = row(cells=["b"], factors='{"arm": "other"}')
    (red,) = compared([row(), other], [row(value=3.0), other]).differences
    assert str(red) == ("suite: arm=plain seed=0: m[rho=1] value: expected 2, found 3, tolerance 0.002001")


def test_a_group_has_tolerances_of_its_own() -> None:
    above = {"arm=noisy": loose}
    noisy = {"factors": '{"arm": "noisy"}'}
    assert compared([row(**noisy)], [row(value=2.09, **noisy)], above=above).passed
    assert not compared([row()], [row(value=2.09)], above=above).passed


def test_a_group_that_was_not_measured_has_the_largest_tolerance() -> None:
    other = {"factors": '{"arm": "new"}'}
    above = {"arm=noisy": loose}
    assert compared([row(**other)], [row(value=2.09, **other)], above=above).passed
    assert not compared([row(**other)], [row(value=2.2, **other)], above=above).passed


def test_one_seed_of_four_may_move_as_far_as_another_group_is_known_to() -> None:
    above = {"arm=noisy": loose}
    expected = seeds([2.0] * 4)
    one = compared(expected, seeds([2.0, 2.0, 2.09, 2.0]), above=above)
    assert one.passed and one.n_outliers == 1
    assert not compared(expected, seeds([2.0, 2.0, 2.2, 2.0]), above=above).passed, "farther than any group"
    assert not compared(expected, seeds([2.0, 2.09, 2.09, 2.0]), above=above).passed, "two of four"
    assert not compared(expected[:3], seeds([2.0, 2.0, 2.09]), above=above).passed, "one of three"


def test_no_seed_may_move_where_no_group_is_known_to() -> None:
    assert not compared(seeds([2.0] * 8), seeds([2.0] * 7 + [2.1])).passed


def test_first_epochs_are_held_apart_from_the_rest_of_a_training() -> None:
    above = {"arm=plain": {"history": {"loss": (0.1, 0.0)}}}
    rows = history([1.0] * 20)
    late = [dict(each, value=1.05) if number > 10 else each for number, each in enumerate(rows)]
    early = [dict(each, value=1.05) if number == 10 else each for number, each in enumerate(rows)]
    assert compared(rows, late, above=above).passed
    (red,) = compared(rows, early, above=above).differences
    assert (red.label, red.index) == ("history", '{"step": 100, "epoch": 2.0}')


def test_of_histories_every_common_step_is_compared() -> None:
    rows = history([1.0, 0.8, 0.6, 0.4])
    assert compared(rows, rows[:3]).passed, "how many steps there are is a number of its own"
    assert compared(rows[:3], rows).passed
    (red,) = compared(rows, [rows[0], rows[1], rows[3]]).differences
    assert (red.kind, red.found) == ("missing", "1 rows are missing")


def test_what_is_missing_is_red_once_for_each_measure() -> None:
    expected = [*seeds([1.0]), *seeds([1.0], label="other")]
    (red,) = compared(expected, seeds([1.0])).differences
    assert (red.kind, red.label, red.found) == ("missing", "other", "not computed")
    (red,) = compared([row(), row(quantity="more")], [row()]).differences
    assert (red.label, red.quantity) == ("m[rho=1]", "more")


def test_what_is_new_is_no_difference() -> None:
    assert compared([row()], [row(), row(label="new"), row(cells=["b"])]).passed


def test_another_status_is_red_unless_float_noise_is_known_to_change_it() -> None:
    diverged = row(status="diverged", value=math.nan, reason="loss not finite at step 10")
    (red,) = compared([row(quantity="lambda_max")], [diverged]).differences
    assert (red.quantity, red.expected) == ("status", "done")
    assert red.found == "diverged (loss not finite at step 10)"
    above = {"arm=plain": {"status": {"status": None}}}
    assert compared([row(quantity="lambda_max")], [diverged], above=above).passed


def test_what_failed_in_both_is_counted() -> None:
    failed = row(status="failed", value=math.nan, reason="too flat")
    found = compared([failed], [failed])
    assert found.passed and found.n_failed == 1


def test_numbers_that_cannot_be_compared_are_left_out() -> None:
    above = {"arm=plain": {"m[rho=1]": {"value": None}}}
    found = compared([row()], [row(value=5.0)], above=above)
    assert found.passed and found.n_numbers == 0


def test_equal_rows_are_told_apart_by_their_order() -> None:
    assert not compared([row(value=1.0), row(value=2.0)], [row(value=2.0), row(value=1.0)]).passed
