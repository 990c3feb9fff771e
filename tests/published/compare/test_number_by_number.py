"""Numbers: the same seeds bit by bit, other seeds by tests."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.published.compare import number_by_number as numbers
from benchmark.published.compare.aligned import Table
from benchmark.published.compare.sections import as_json, as_markdown, bottom_line
from benchmark.store.workspace import Workspace
from tests.published.compare.two_results import held, results, shifted


def test_equal_results_are_the_same_bit_by_bit(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b"))
    assert {one.outcome for one in found.numbers} == {"same"}
    assert all(one.is_paired and one.n_equal == one.n_a == 10 for one in found.numbers)
    assert all(curve.n_equal == curve.n_points == 40 for curve in found.curves)
    assert not found.is_different
    assert bottom_line(found) == "the same: 4 are the same bit by bit"


def test_the_last_bit_of_one_cell_is_counted_and_is_no_difference(workspace: Workspace) -> None:
    def rounded(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        number = shifted(0.3)(factors, quantity, noise)
        is_one = factors["init_seed"] == 4 and factors["model.width"] == 2
        return float(np.nextafter(number, 1.0)) if is_one else number

    results(workspace, "a", value=shifted(0.3))
    found = held(workspace, "a", results(workspace, "b", value=rounded))
    narrow = [one for one in found.numbers if one.arm == "width=2"]
    assert [one.n_equal for one in narrow] == [9, 9]
    assert all(0 < one.largest < 1e-14 for one in narrow)
    assert not found.is_different


def test_a_cell_that_failed_on_one_side_alone_is_a_difference(workspace: Workspace) -> None:
    def fails(factors: Any) -> bool:
        return bool(factors["init_seed"] == 4 and factors["model.width"] == 2)

    found = held(workspace, results(workspace, "a"), results(workspace, "b", fails=fails))
    changed = [one for one in found.numbers if one.outcome == "different"]
    assert {(one.arm, one.failed_a, one.failed_b) for one in changed} == {("width=2", 0, 1)}
    assert {one.quantity for one in changed} == {"test_error", "all"}, (
        "the row that says why stands for each number"
    )


def test_a_cell_that_failed_on_both_sides_is_the_same(workspace: Workspace) -> None:
    def fails(factors: Any) -> bool:
        return bool(factors["init_seed"] == 4)

    found = held(workspace, results(workspace, "a", fails=fails), results(workspace, "b", fails=fails))
    assert {one.outcome for one in found.numbers} == {"same"}


def test_other_seeds_of_the_same_protocol_do_not_differ(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(20))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 40)), margin=2.0)
    assert not any(one.is_paired for one in found.numbers)
    assert {one.outcome for one in found.numbers} == {"same"}
    assert not found.curves


def test_other_seeds_with_another_mean_differ(workspace: Workspace) -> None:
    results(workspace, "a", value=shifted(0.30))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 30), value=shifted(0.35)))
    errors = [one for one in found.numbers if one.quantity == "test_error"]
    assert {one.outcome for one in errors} == {"different"}
    assert all(3 < one.difference < 8 for one in errors), "5 standard deviations over seeds"
    assert not any(one.outcome == "different" for one in found.numbers if one.quantity == "all")
    assert found.is_different
    assert bottom_line(found).startswith("different: 2 numbers of 4 differ; ")


def test_too_few_seeds_decide_nothing_and_it_is_told_how_many_would(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(3))
    found = held(workspace, "a", results(workspace, "b", seeds=range(3, 6)))
    assert {one.outcome for one in found.numbers} == {"undecided"}
    assert all(one.n_needed and one.n_needed > 3 for one in found.numbers if abs(one.difference) < 0.8)
    assert "seeds on each side would decide half of them" in bottom_line(found)


def test_numbers_declared_positive_are_compared_by_their_logarithms(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b", seeds=range(20, 30)))
    assert {(one.quantity, one.is_log) for one in found.numbers} == {("test_error", False), ("all", True)}


def test_seeds_that_overlap_are_compared_pair_by_pair(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b", seeds=range(5)))
    assert all(one.is_paired and one.n_a == one.n_b == 5 for one in found.numbers)


def test_one_seed_on_a_side_is_told_with_what_is_needed(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(10))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 21)))
    assert {one.outcome for one in found.numbers} == {"undecided"}
    assert bottom_line(found).endswith("4 are undecided: needed are at least two seeds on each side")
    assert as_markdown(found).count("| at least two seeds on each side |") == 4


def drawn(draw: int, *, seeds: range, n_arms: int, shift: float = 0.0) -> Table:
    """Return a table of one normal number for each of several arms, the last of them shifted."""
    stream = np.random.default_rng(draw)
    rows = [
        {
            "cell": f"{arm}-{seed}", "arm": arm, "seed": seed, "label": "m", "quantity": "value", "index": "",
            "value": stream.standard_normal() + shift * (arm == n_arms - 1), "failed": False, "positive": False,
        }
        for arm in range(n_arms) for seed in seeds
    ]  # fmt: skip
    return Table(rows=pd.DataFrame(rows), arms=tuple({"arm": arm} for arm in range(n_arms)))


def outcomes(draw: int, *, shift: float) -> list[str]:
    a = drawn(2 * draw, seeds=range(10), n_arms=20)
    b = drawn(2 * draw + 1, seeds=range(10, 20), n_arms=20, shift=shift)
    found = numbers.decide(list(numbers.compare("s", a, b, margin=1.0)), margin=1.0)
    return [one.outcome for one in found]


@pytest.mark.slow
def test_a_false_difference_among_twenty_numbers_is_as_rare_as_one_in_twenty() -> None:
    red = sum("different" in outcomes(draw, shift=0.0) for draw in range(40))
    assert red <= 6, "2 are to be expected, and up to 6 in 99 of 100 such tests"


@pytest.mark.slow
def test_a_difference_of_four_standard_deviations_is_found_among_twenty_numbers() -> None:
    found = [outcomes(draw, shift=4.0)[-1] == "different" for draw in range(20)]
    assert sum(found) >= 18


def test_json_and_markdown_hold_no_numbers_that_are_not_finite(workspace: Workspace) -> None:
    def constant(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        return 1.0 if factors["init_seed"] < 20 else 2.0

    results(workspace, "a", value=constant)
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 30), value=constant))
    assert {one.outcome for one in found.numbers} == {"different"}, "nothing varies, so any difference is one"
    json.dumps(as_json(found), allow_nan=False)
    assert "inf" in as_markdown(found)
