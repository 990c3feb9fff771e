"""From a table of records to verdicts."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.stats.claim import Scope
from benchmark.stats.judging import judge
from benchmark.stats.reduce import difference, kendall_tau
from benchmark.stats.table import Effect, less
from benchmark.stats.verdict import Verdict, to_json
from tests.stats.two_arms import CLAIM, CLEAR, fail, ruled, table, with_leg


def test_a_verdict_says_how_it_came_about() -> None:
    verdict = ruled(table(CLEAR))
    assert (verdict.outcome, verdict.reason) == ("reproduced", "shown")
    assert verdict.effect == pytest.approx(np.mean(CLEAR))
    assert verdict.p_value == verdict.p_adjusted == verdict.smallest_p == 2.0**-10
    assert (verdict.n, verdict.n_failed, verdict.n_needed) == (10, 0, None)
    assert verdict.scope == Scope(data=("digits",), models=("mlp",), profiles=("ci",))
    assert (verdict.low or math.nan) < np.mean(CLEAR) < (verdict.high or math.nan)


@pytest.mark.parametrize(
    ("effects", "outcome", "reason"),
    [
        ([-one for one in CLEAR], "contradicted", "opposite"),
        ([0.1 * one for one in CLEAR], "contradicted", "too_small"),
        ([2.0, -2.0] * 5, "inconclusive", "interval_crosses_zero"),
        ([0.2, 0.6] * 5, "inconclusive", "below_smallest_effect"),
        ([2.0] * 4, "inconclusive", "too_few_seeds"),
    ],
)
def test_outcomes_have_reasons(effects: list[float], outcome: str, reason: str) -> None:
    verdict = ruled(table(effects))
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
    assert (verdict.n_needed is not None) == (outcome == "inconclusive")


def test_a_claim_of_no_difference_has_its_own_reasons() -> None:
    equal = with_leg(CLAIM, direction="equal")
    found = [ruled(table([scale * one for one in CLEAR]), equal) for scale in (0.1, 1, -1)]
    assert [(one.outcome, one.reason) for one in found] == [
        ("reproduced", "shown"), ("contradicted", "too_large"), ("contradicted", "too_large"),
    ]  # fmt: skip
    assert ruled(table([0.4, 0.6] * 5), equal).reason == "interval_crosses_margin"


def test_an_identity_is_exact_and_outside_holm() -> None:
    identity = with_leg(CLAIM, direction="identity", smallest_effect=1e-6)
    held, broken = ruled(table([1e-7] * 2), identity), ruled(table([1e-7, 2e-6]), identity)
    assert (held.outcome, held.p_value, held.p_adjusted) == ("reproduced", None, None)
    assert (broken.outcome, broken.reason) == ("contradicted", "identity_broken")
    assert broken.effect == pytest.approx(2e-6)
    beside = judge(table(CLEAR), [CLAIM, replace(identity, id="S0.C2")])
    assert beside[0].p_adjusted == beside[0].p_value


def test_too_few_seeds_say_what_could_be_reached() -> None:
    verdict = ruled(table([2.0, 2.1, 2.2]))
    assert (verdict.outcome, verdict.smallest_p, verdict.n_needed) == ("inconclusive", 0.125, 5)


def test_a_single_seed_has_an_effect_and_no_interval() -> None:
    verdict = ruled(table([2.0]))
    assert (verdict.effect, verdict.low, verdict.high) == (2.0, None, None)


def test_holm_counts_the_whole_family_also_claims_that_were_not_run() -> None:
    absent = [replace(CLAIM, id=f"S0.C{i}", population={"arm": "z"}) for i in range(2, 11)]
    verdicts = judge(table(CLEAR), [CLAIM, *absent])
    assert verdicts[0].p_adjusted == pytest.approx(10 * 2.0**-10)
    assert {verdict.outcome for verdict in verdicts[1:]} == {"not_run"}
    alone = judge(table(CLEAR[:7]), [CLAIM, *absent])[0]
    assert (alone.outcome, alone.reason) == ("inconclusive", "too_few_seeds")


def test_exploratory_claims_and_other_families_are_apart() -> None:
    claims = [CLAIM, replace(CLAIM, id="S0.C2", confirmatory=False), replace(CLAIM, id="S0.C3", family=2)]
    assert [verdict.p_adjusted for verdict in judge(table(CLEAR), claims)] == [2.0**-10] * 3
    assert [verdict.confirmatory for verdict in judge(table(CLEAR), claims)] == [True, False, True]


def test_families_are_at_most_ten_and_ids_unique() -> None:
    many = [replace(CLAIM, id=f"S0.C{i}") for i in range(11)]
    with pytest.raises(ValueError, match="11 confirmatory"):
        judge(table(CLEAR), many)
    with pytest.raises(ValueError, match=r"S0\.C1"):
        judge(table(CLEAR), [CLAIM, CLAIM])


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_claims_does_not_matter(random: Any) -> None:
    frame = table([0.1, 0.7, -0.3, 1.1, 0.4, 0.9, 0.2, 0.8])
    claims = [
        CLAIM,
        with_leg(replace(CLAIM, id="S0.C2"), direction="less"),
        with_leg(replace(CLAIM, id="S0.C3"), direction="equal"),
    ]
    order = list(range(len(frame)))
    random.shuffle(order)
    shuffled = judge(frame.iloc[order], claims[::-1])
    assert shuffled[::-1] == judge(frame, claims)


def test_a_missing_row_means_not_run_and_names_what_is_missing() -> None:
    verdict = ruled(table(CLEAR).drop(index=7))
    assert (verdict.outcome, verdict.reason) == ("not_run", "data_missing")
    assert "seed 3" in verdict.message
    assert "arm=b" in verdict.message


def test_planned_seeds_must_be_there_and_others_are_not_looked_at() -> None:
    assert ruled(table(CLEAR), planned_seeds=range(11)).reason == "data_missing"
    assert ruled(table(CLEAR), planned_seeds=range(6)).n == 6


def test_rows_outside_the_scope_decide_nothing() -> None:
    elsewhere = replace(CLAIM, scope=Scope(data=("cifar10",), profiles=("ci", "full")))
    verdict = ruled(table(CLEAR), elsewhere)
    assert (verdict.outcome, verdict.reason) == ("not_run", "out_of_scope")
    both = pd.concat([table(CLEAR), table([-one for one in CLEAR]).assign(data="cifar10")])
    assert ruled(both, elsewhere).outcome == "contradicted"
    assert ruled(both, elsewhere).scope.data == ("cifar10",)
    assert ruled(both).reason == "ambiguous_rows"


def test_an_empty_table_has_no_data() -> None:
    assert ruled(table(CLEAR).iloc[:0]).reason == "data_missing"


def test_a_table_without_the_needed_columns_is_refused() -> None:
    with pytest.raises(ValueError, match="status"):
        ruled(table(CLEAR).drop(columns="status"))


def test_one_broken_claim_does_not_cost_the_others() -> None:
    broken = with_leg(replace(CLAIM, id="S0.C2"), reduce=lambda rows: 1 / 0)
    verdicts = judge(table(CLEAR), [broken, CLAIM])
    assert (verdicts[0].reason, verdicts[0].message) == ("error", "ZeroDivisionError: division by zero")
    assert verdicts[1].outcome == "reproduced"


def test_populations_can_be_callables() -> None:
    frame = pd.concat([table(CLEAR), table(CLEAR).assign(arm="a", value=99.0, lr=1.0)])
    fitted = replace(CLAIM, population=lambda rows: rows["value"] < 50)
    assert ruled(frame, fitted).outcome == "reproduced"


def test_a_conjunction_fails_with_any_of_its_legs() -> None:
    other = less(difference("k", factor="arm", first="a", second="b"), Effect(1, "1"))
    both = replace(CLAIM, legs=(CLAIM.leg, other))
    agree = pd.concat([table(CLEAR), table([-one for one in CLEAR], "k")])
    differ = pd.concat([table(CLEAR), table(CLEAR, "k")])
    assert ruled(agree, both).outcome == "reproduced"
    against = ruled(differ, both)
    assert (against.outcome, against.reason) == ("contradicted", "opposite")
    assert "leg 2 (less)" in against.message
    assert ruled(fail(agree, [1, 2]), both).n_failed == 2


def test_a_trend_of_all_ties_is_decided_without_warnings() -> None:
    trend = with_leg(CLAIM, reduce=kendall_tau("m", factor="arm"), bounds=(-1.0, 1.0))
    assert ruled(table([-1.0] * 10), trend).effect == 1
    assert ruled(table([0.0] * 10), trend).reason == "too_small"


def test_verdicts_survive_a_trip_through_json() -> None:
    verdicts = judge(table(CLEAR), [CLAIM, replace(CLAIM, id="S0.C2", population={"arm": "z"})])
    read = json.loads(to_json(verdicts))
    scopes = [Scope(**{name: tuple(names) for name, names in one.pop("scope").items()}) for one in read]
    assert [Verdict(**one, scope=scope) for one, scope in zip(read, scopes, strict=True)] == verdicts
    assert to_json(judge(table(CLEAR), [CLAIM])) == to_json(judge(table(CLEAR), [CLAIM]))


def test_no_claims_have_no_verdicts() -> None:
    assert judge(table(CLEAR), []) == []
