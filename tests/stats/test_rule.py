"""The rule on thousands of synthetic suites: false findings, power, symmetry."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from benchmark.stats import rule
from benchmark.stats.claim import Direction, Leg
from benchmark.stats.power import fewest_seeds, seeds_needed
from benchmark.stats.rule import Evidence, conjunction, decide, stack, weigh

N_SUITES, N_CLAIMS, N_SEEDS = 10_000, 10, 10
TINY = 1e-9  # a smallest effect that leaves all the work to the p-values


def leg(
    direction: Direction = "greater", smallest_effect: float = TINY, bounds: tuple[float, float] | None = None
) -> Leg:
    return Leg(
        reduce=lambda rows: 0.0, direction=direction, smallest_effect=smallest_effect, unit="1", bounds=bounds
    )


@pytest.fixture(scope="module")
def null_suites() -> Evidence:
    values = np.random.default_rng(0).normal(size=(N_SUITES, N_CLAIMS, N_SEEDS))
    return weigh(values, leg())


def share_with_a_false_finding(evidence: Evidence) -> float:
    outcome = decide(evidence, families=[1] * N_CLAIMS).outcome
    return float((outcome == "reproduced").any(axis=-1).mean())


def test_under_the_null_few_suites_have_a_false_finding(null_suites: Evidence) -> None:
    assert 0.03 <= share_with_a_false_finding(null_suites) <= 0.06


def test_without_holm_that_test_is_red(null_suites: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "holm", lambda p: p)
    assert share_with_a_false_finding(null_suites) > 0.3


def test_under_the_null_the_opposite_is_shown_as_rarely(null_suites: Evidence) -> None:
    opposite = decide(null_suites, families=[1] * N_CLAIMS).opposite
    assert 0.03 <= opposite.any(axis=-1).mean() <= 0.06


def test_correlated_claims_have_no_more_false_findings() -> None:
    random = np.random.default_rng(1)
    shared = random.normal(size=(N_SUITES, 1, N_SEEDS))
    values = np.sqrt(0.7) * shared + np.sqrt(0.3) * random.normal(size=(N_SUITES, N_CLAIMS, N_SEEDS))
    assert share_with_a_false_finding(weigh(values, leg())) <= 0.06


def test_true_effects_beside_null_claims_do_not_add_false_findings() -> None:
    effects = np.where(np.arange(N_CLAIMS) < 5, 3.0, 0.0)[:, np.newaxis]
    values = effects + np.random.default_rng(2).normal(size=(N_SUITES, N_CLAIMS, N_SEEDS))
    outcome = decide(weigh(values, leg()), families=[1] * N_CLAIMS).outcome
    assert (outcome[:, 5:] == "reproduced").any(axis=-1).mean() <= 0.06


@pytest.mark.parametrize("effect", [0.6, 0.9, 1.2])
def test_power_is_that_of_the_t_test(effect: float) -> None:
    values = effect + np.random.default_rng(3).normal(size=(N_SUITES, 1, N_SEEDS))
    found = (decide(weigh(values, leg()), families=[1]).outcome == "reproduced").mean()
    critical = stats.t.ppf(0.95, N_SEEDS - 1)
    power = stats.nct.sf(critical, N_SEEDS - 1, effect * np.sqrt(N_SEEDS))
    assert found == pytest.approx(power, abs=0.05)


@pytest.mark.parametrize(("effect", "family_size"), [(0.8, 1), (0.8, 10), (1.5, 10)])
def test_the_seeds_said_to_be_needed_give_the_power(effect: float, family_size: int) -> None:
    exact = stats.norm.ppf((np.arange(20) + 0.5) / 20)
    n = seeds_needed(effect + exact / exact.std(ddof=1), leg(), family_size=family_size) or 0
    n = n if n > 21 else _needed_from(effect, family_size)
    values = effect + np.random.default_rng(4).normal(size=(1_000, n))
    p = weigh(values, leg()).p_for
    assert 0.74 <= np.mean(p <= 0.05 / family_size) <= 0.92


def _needed_from(effect: float, family_size: int) -> int:
    """The formula on two seeds with that mean and a standard deviation of one."""
    return seeds_needed(effect + np.array([-1, 1]) / np.sqrt(2), leg(), family_size=family_size) or 0


def test_a_mean_below_the_smallest_effect_asks_for_the_seeds_that_show_it_too_small() -> None:
    small = leg(smallest_effect=1.0)
    n = seeds_needed(0.5 + np.array([-1, 1]) / np.sqrt(2), small) or 0
    values = 0.5 + np.random.default_rng(5).normal(size=(1_000, n))
    assert 0.74 <= weigh(values, small).too_small.mean() <= 0.9


def test_a_mean_on_the_border_cannot_be_decided_by_more_seeds() -> None:
    assert seeds_needed(np.array([0.0, 2.0]), leg("equal", 1.0)) is None
    assert seeds_needed(np.array([0.0, 1.999]), leg("greater", 1.0)) is None


@pytest.mark.parametrize(("family_size", "n"), [(1, 5), (10, 8)])
def test_the_fewest_seeds_follow_from_the_smallest_p(family_size: int, n: int) -> None:
    assert fewest_seeds(0.05 / family_size) == n
    assert seeds_needed(np.array([5.0, 5.0]), leg(), family_size=family_size) == n


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([5, 10, 22]), st.sampled_from([None, (-5.0, 5.0)]))
def test_contradicted_mirrors_reproduced(seed: int, n: int, bounds: tuple[float, float] | None) -> None:
    random = np.random.default_rng(seed)
    values = random.normal(random.normal(0, 1, size=(4, 1)), 1, size=(4, n))
    one = leg("greater", 0.3, bounds)
    ruling, mirrored = (decide(weigh(sign * values, one), families=[1] * 4) for sign in (1, -1))
    np.testing.assert_array_equal(ruling.outcome == "reproduced", mirrored.opposite)
    np.testing.assert_array_equal(ruling.opposite, mirrored.outcome == "reproduced")


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["greater", "less", "equal", "identity"]))
def test_less_is_greater_of_the_negative_and_order_does_not_matter(seed: int, direction: Direction) -> None:
    values = np.random.default_rng(seed).normal(0.5, 1, size=(3, 8))
    turned: dict[Direction, Direction] = {"greater": "less", "less": "greater"}
    ruling = decide(weigh(values, leg(direction, 0.4)), families=[1] * 3)
    shuffled = decide(weigh(values[:, ::-1], leg(direction, 0.4)), families=[1] * 3)
    negative = decide(weigh(-values, leg(turned.get(direction, direction), 0.4)), families=[1] * 3)
    assert ruling.outcome.tolist() == shuffled.outcome.tolist() == negative.outcome.tolist()


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_a_larger_effect_never_makes_a_claim_less_reproduced(seed: int, more: float) -> None:
    values = np.random.default_rng(seed).normal(0.5, 1, size=(1, 10))
    before, after = (
        decide(weigh(v, leg("greater", 0.3)), families=[1]).outcome[0] for v in (values, values + more)
    )
    order = ["contradicted", "inconclusive", "reproduced"]
    assert order.index(after) >= order.index(before)


def test_a_significant_effect_that_is_too_small_is_contradicted() -> None:
    values = 0.1 + 0.01 * np.arange(10.0).reshape(1, 10)
    assert decide(weigh(values, leg("greater", 0.5)), families=[1]).outcome == ["contradicted"]
    assert decide(weigh(values, leg("greater", 0.1)), families=[1]).outcome == ["reproduced"]


def test_four_seeds_decide_nothing_however_clear() -> None:
    for direction in set(get_args(Direction)) - {"identity"}:
        for centre in (-9.0, 0.0, 9.0):
            values = centre + 0.01 * np.arange(4.0).reshape(1, 4)
            assert decide(weigh(values, leg(direction, 1.0)), families=[1]).outcome == ["inconclusive"]


def test_a_conjunction_is_as_weak_as_its_weakest_leg() -> None:
    strong, weak, wrong = (
        weigh(centre + np.linspace(-1, 1, 10), leg("greater", 0.3), n_legs=2) for centre in (3, 0.3, -3)
    )
    both = conjunction([strong, weak])
    assert [both.p_for, both.effect, both.leg] == [weak.p_for, weak.effect, 1]
    assert decide(stack([conjunction([strong, strong]), both]), families=[1, 1]).outcome.tolist() == [
        "reproduced",
        "inconclusive",
    ]
    assert decide(stack([conjunction([strong, wrong])]), families=[1]).outcome == ["contradicted"]


def test_under_the_null_a_conjunction_is_contradicted_no_more_often_than_a_claim() -> None:
    values = np.random.default_rng(6).normal(size=(3, N_SUITES, N_SEEDS))
    evidence = conjunction([weigh(one, leg("greater", 0.01), n_legs=3) for one in values])
    opposite = decide(stack([evidence]), families=[1]).opposite
    assert opposite.mean() <= 0.055


def test_exploratory_claims_are_not_corrected_and_correct_no_others() -> None:
    p = np.array([0.02, 0.03, 0.04, 0.01])
    np.testing.assert_allclose(rule.adjust(p, [1, 1, 0, 2]), [0.04, 0.04, 0.04, 0.01])
