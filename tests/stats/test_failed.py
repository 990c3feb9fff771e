"""Failed cells and seeds: they stop a verdict, and never make one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.failed import _stand_in
from benchmark.stats.judging import _ruled
from benchmark.stats.number import Number, usable_rows
from benchmark.stats.reduce import log_ratio
from tests.mutants import Mutant, red_with
from tests.stats.two_arms import CLAIM, CLEAR, fail, ruled, table, with_leg


@pytest.mark.parametrize("status", ["diverged", "not_converged", "failed"])
@pytest.mark.parametrize("arm", ["a", "b"])
def test_a_failed_cell_counts_as_the_worst_case_whichever_arm_it_is_in(status: str, arm: str) -> None:
    verdict = ruled(fail(table(CLEAR), [3], status, arm))
    assert (verdict.n, verdict.n_failed) == (10, 1)
    assert verdict.p_value is not None
    assert verdict.p_value > 2.0**-10
    assert verdict.effect == pytest.approx((sum(CLEAR) - CLEAR[3] - max(CLEAR)) / 10)


@red_with(
    Mutant(_stand_in, "!= against", "== against"),
    Mutant(_ruled, "worst.outcome ==", "best.outcome =="),
    Mutant(usable_rows, "_done(rows) & ", ""),
)
def test_enough_failed_cells_stop_a_verdict_and_never_make_one() -> None:
    left_as_measured = table(CLEAR)["value"]
    frames = [fail(table(CLEAR), list(range(n))).assign(value=left_as_measured) for n in range(11)]
    outcomes = [ruled(frame) for frame in frames]
    assert [verdict.outcome for verdict in outcomes] == ["reproduced"] * 2 + ["inconclusive"] * 9
    assert {verdict.reason for verdict in outcomes[2:]} == {"cells_failed"}
    assert outcomes[10].effect is None


def test_failed_cells_stop_a_contradiction_as_well() -> None:
    against = table([-one for one in CLEAR])
    assert ruled(fail(against, [0])).outcome == "contradicted"
    assert ruled(fail(against, [0, 1, 2])).reason == "cells_failed"


def test_failed_seeds_of_a_bounded_statistic_take_the_bound() -> None:
    bounded = with_leg(CLAIM, bounds=(-3.0, 3.0))
    verdict = ruled(fail(table(CLEAR), [0]), bounded)
    assert verdict.effect == pytest.approx((sum(CLEAR) - CLEAR[0] - 3) / 10)


def test_a_failed_identity_is_not_reproduced() -> None:
    identity = with_leg(CLAIM, direction="identity", smallest_effect=1e-6)
    verdict = ruled(fail(table([0.0] * 3), [1]), identity)
    assert (verdict.outcome, verdict.reason) == ("inconclusive", "cells_failed")


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1_000),
    st.sets(st.integers(0, 9), max_size=9),
    st.sampled_from(["greater", "less", "equal"]),
)
def test_failures_never_turn_a_verdict_into_another(seed: int, failed: set[int], direction: Any) -> None:
    random = np.random.default_rng(seed)
    frame = table(random.normal(random.normal(0, 1.5), 0.5, size=10).tolist())
    claim = with_leg(CLAIM, direction=direction)
    kept = frame[~frame["seed"].isin(failed)]
    with_failures, without = ruled(fail(frame, list(failed)), claim), ruled(kept, claim)
    assert with_failures.outcome in ("inconclusive", without.outcome)


def test_nothing_is_lost_silently_when_a_number_is_not_finite() -> None:
    for number in (math.nan, math.inf, -math.inf):
        frame = table(CLEAR)
        frame.loc[0, "value"] = number
        assert ruled(frame).n_failed == 1


def test_ratios_of_numbers_that_are_not_positive_are_not_run() -> None:
    ratio = with_leg(CLAIM, reduce=log_ratio("m", factor="arm", first="a", second="b"))
    assert ruled(table([-3.0] * 10), ratio).reason == "not_positive"
    assert ruled(table(CLEAR).assign(positive=False), ratio).reason == "not_positive"


@red_with(
    Mutant(Number.read_log, "if self.positive:", "if False:"),
    Mutant(Number.read_log, "math.nan\n", "0.0\n"),
)
def test_a_number_that_breaks_its_declaration_as_positive_costs_its_seed_and_not_the_claim() -> None:
    ratio = with_leg(CLAIM, reduce=log_ratio("m", factor="arm", first="a", second="b"))
    one_broken = ruled(table([-3.0, *CLEAR[1:]]).assign(positive=True), ratio)
    assert (one_broken.outcome, one_broken.n, one_broken.n_failed) == ("reproduced", 10, 1)
    all_broken = ruled(table([-3.0] * 10).assign(positive=True), ratio)
    assert (all_broken.outcome, all_broken.reason, all_broken.n_failed) == (
        "inconclusive",
        "cells_failed",
        10,
    )
