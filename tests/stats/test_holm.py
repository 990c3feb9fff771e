from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.holm import holm
from tests.mutants import Mutant, red_with

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=10).map(np.array)


def rejected_step_by_step(p: np.ndarray, alpha: float) -> set[int]:
    """Holm's procedure as its paper words it: reject the smallest while p <= alpha / (tests left)."""
    left = sorted(range(len(p)), key=lambda i: p[i])
    rejected: set[int] = set()
    while left and p[left[0]] * len(left) <= alpha:
        rejected.add(left.pop(0))
    return rejected


@red_with(
    Mutant(holm, "steps * np", "np"),
    Mutant(
        holm,
        "np.maximum.accumulate(steps * np.take_along_axis(p, order, axis=-1), axis=-1)",
        "steps * np.take_along_axis(p, order, axis=-1)",
    ),
)
def test_a_worked_example_by_hand() -> None:
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


@settings(deadline=None)
@given(p_values, st.floats(0.001, 0.2))
def test_adjusted_p_values_reject_what_the_procedure_rejects(p: np.ndarray, alpha: float) -> None:
    assert set(np.flatnonzero(holm(p) <= alpha)) == rejected_step_by_step(p, alpha)


@settings(deadline=None)
@given(p_values)
def test_adjusting_never_helps_and_keeps_the_order(p: np.ndarray) -> None:
    adjusted = holm(p)
    assert ((adjusted >= p) & (adjusted <= 1)).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


@settings(deadline=None)
@given(p_values)
def test_the_order_of_the_claims_does_not_matter(p: np.ndarray) -> None:
    np.testing.assert_array_equal(holm(p[::-1]), holm(p)[::-1])


def test_families_are_adjusted_row_by_row() -> None:
    p = np.random.default_rng(0).uniform(size=(4, 5))
    np.testing.assert_array_equal(holm(p), [holm(row) for row in p])
