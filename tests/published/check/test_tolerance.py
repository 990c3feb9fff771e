"""One tolerance for all numbers: 1e-6 of their size, and of counts none."""

from __future__ import annotations

import numpy as np
import pytest

from benchmark.published.check import tolerance
from benchmark.published.check.tolerance import deviation, limit, relative, size, smallest
from tests.mutants import Mutant, red_with

inf, nan = np.inf, np.nan


@red_with(
    Mutant(size, "np.abs(expected_N)", "expected_N"),
    Mutant(size, "np.maximum(own_N, scale_N)", "own_N"),
    Mutant(size, ", smallest)", ", 0.0)"),
    Mutant(size, "np.isfinite(expected_N)", "True"),
)
def test_a_size_is_the_numbers_own_or_what_is_typical_or_the_smallest() -> None:
    expected = np.array([-3.0, 0.5, 1e-9, 1e-30, 0.0, nan, inf])
    scale = np.array([2.0, 2.0, 1e-5, 1e-17, 0.0, 2.0, 2.0])
    sizes = tolerance.size(expected, scale)
    np.testing.assert_array_equal(sizes, [3.0, 2.0, 1e-5, smallest, smallest, 2.0, 2.0])


@red_with(
    Mutant(deviation, "/ size_N", "/ np.abs(expected_N)"),
    Mutant(deviation, "(np.isnan(expected_N) & np.isnan(found_N))", "np.isnan(expected_N)"),
    Mutant(deviation, "distance_N, np.inf)", "distance_N, 0.0)"),
)
def test_a_deviation_is_a_distance_in_sizes_and_infinite_where_one_number_alone_is_finite() -> None:
    expected = np.array([1.0, 1.0, nan, inf, 1.0, nan, inf, inf])
    found = np.array([1.0, 0.9, nan, inf, nan, 1.0, 1.0, -inf])
    deviations = tolerance.deviation(expected, found, np.full(8, 0.5))
    np.testing.assert_allclose(deviations, [0, 0.2, 0, 0, inf, inf, inf, inf])


def test_what_is_counted_has_no_tolerance() -> None:
    assert limit("n_steps") == limit("n_bumps") == 0
    assert limit("lr") == limit("test_error") == limit("negative_fraction") == relative


def test_what_lies_a_rounding_from_0_is_far_within_and_a_fault_of_a_small_quantity_is_not() -> None:
    assert relative * smallest == pytest.approx(1e-12)
    identity, small = size(np.array([0.0]), np.array([1e-17])), size(np.array([2e-4]), np.array([3e-4]))
    assert deviation(np.array([0.0]), np.array([5e-16]), identity)[0] < relative
    assert deviation(np.array([2e-4]), np.array([2.00001e-4]), small)[0] > relative
