"""What the best point of an arm gains, and when that puts it in force."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest
from scipy import stats

from benchmark.suite import gain
from benchmark.suite.gain import Choice, choice, choice_in, gain_of, in_words, point_in_force
from tests.mutants import Mutant, red_with


def trials(*errors: Sequence[float]) -> list[dict[str, Any]]:
    """Return trials as best.json has them, from their errors by seed; the first one is the default."""
    return [
        {
            "number": number,
            "point": {"lr": 0.1 * (number + 1)},
            "value": math.fsum(own) / len(own),
            "by_seed": [{"seed": seed, "val_error": error} for seed, error in enumerate(own)],
        }
        for number, own in enumerate(errors)
    ]


def chosen(default: Sequence[float], best: Sequence[float]) -> Choice:
    return choice(trials(default, best), best=1)


@red_with(
    Mutant(gain.gain_of, "/ math.sqrt(len(gains))", ""),
    Mutant(gain.gain_of, "default[seed] - best[seed]", "best[seed] - default[seed]"),
    Mutant(gain.gain_of, "statistics.stdev", "statistics.pstdev"),
)
def test_a_gain_is_the_mean_of_the_differences_with_its_standard_error() -> None:
    default, best = [0.30, 0.28, 0.35, 0.31], [0.25, 0.27, 0.28, 0.30]
    found = gain_of(dict(enumerate(default)), dict(enumerate(best)))
    paired = [old - new for old, new in zip(default, best, strict=True)]
    assert found.value == pytest.approx(sum(paired) / 4)
    assert found.standard_error == pytest.approx(float(stats.sem(paired)), abs=1e-6)
    assert found.n_seeds == 4


def test_luck_of_a_seed_that_both_share_is_no_noise_of_the_gain() -> None:
    made = chosen([0.1, 0.4, 0.2, 0.7], [0.08, 0.37, 0.18, 0.67])
    assert made.gain.standard_error == pytest.approx(0.002887) and made.reason == "improves"


@red_with(
    Mutant(vars(gain.Gain)["reason"].fget, "least_errors * self.standard_error", "self.standard_error"),
    Mutant(vars(gain.Gain)["reason"].fget, "self.value > least_errors", "self.value >= least_errors"),
)
def test_the_best_point_is_in_force_where_its_gain_is_above_two_standard_errors() -> None:
    for gains, reason in (
        ((0.0, 0.02, 0.02, 0.02), "improves"),  # 3 standard errors
        ((0.0, 0.0, 0.04, 0.04), "within_noise"),  # 1.7 of them
        ((-0.03, 0.09, 0.09, 0.09), "within_noise"),  # 2 to the last digit: a tie keeps the default
        ((0.01, 0.01, 0.01, 0.01), "improves"),  # none: all seeds gain the same
        ((0.0, 0.0, 0.0, 0.0), "within_noise"),
        ((-0.01, -0.01, -0.01, -0.01), "within_noise"),
    ):
        made = chosen([0.5 + one for one in gains], [0.5] * 4)
        assert (gains, made.reason, made.chosen) == (gains, reason, int(reason == "improves"))
        assert made.keeps_default is (reason != "improves")


def test_no_digit_beyond_the_sixth_replaces_a_default() -> None:
    made = chosen([0.1 + 1e-7] * 4, [0.1] * 4)
    assert (made.gain.value, made.gain.standard_error, made.chosen) == (0.0, 0.0, 0)
    made = chosen([0.12, 0.12 + 1e-9, 0.12, 0.12], [0.1] * 4)
    assert (made.gain.value, made.gain.standard_error, made.chosen) == (0.02, 0.0, 1)


@red_with(Mutant(vars(gain.Gain)["reason"].fget, "self.n_seeds < least_seeds", "self.n_seeds < 2"))
def test_fewer_than_four_seeds_keep_the_default_whatever_the_gain() -> None:
    for n in (1, 2, 3):
        made = chosen([0.9] * n, [0.1] * n)
        assert (made.reason, made.chosen) == ("too_few_seeds", 0)
        assert f"takes at least 4 sweep seeds, and the best point shares {n} with it" in in_words(made)
    assert chosen([0.9], [0.1]).gain.standard_error is None
    assert chosen([0.9] * 4, [0.1] * 4).chosen == 1


def test_a_default_that_diverges_on_one_seed_has_no_clear_loss_and_on_all_it_has() -> None:
    once = chosen([1.0, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.1])
    assert (once.gain.value, once.gain.standard_error, once.chosen) == (0.225, 0.225, 0)
    assert chosen([1.0] * 4, [0.1, 0.12, 0.1, 0.08]).reason == "improves"


def test_a_seed_that_only_one_of_both_has_run_is_left_out() -> None:
    made = chosen([0.5] * 4, [0.1] * 3)
    assert (made.gain.n_seeds, made.reason) == (3, "too_few_seeds")


def test_the_default_is_kept_where_nothing_is_better() -> None:
    made = choice(trials([0.1] * 4, [0.2] * 4), best=0)
    assert (made.reason, made.chosen, made.gain.value) == ("default_is_best", 0, 0.0)


def test_words_say_what_is_in_force_and_why() -> None:
    kept = chosen([0.112, 0.1, 0.1, 0.104], [0.1] * 4)
    assert in_words(kept) == (
        "kept the default: the best point's gain 0.004 ± 0.0028 is not above two standard errors"
    )
    assert in_words(chosen([0.3] * 4, [0.1] * 4)).startswith("moved: the best point's gain 0.2 ± 0 is above")
    assert "no point that was tried" in in_words(choice(trials([0.1] * 4), best=0))


def written(default: Sequence[float], best: Sequence[float]) -> dict[str, Any]:
    """Return a study as a sweep writes it."""
    tried, made = trials(default, best), chosen(default, best)
    return {
        "best": tried[1],
        "gain": made.gain.value,
        "standard_error": made.gain.standard_error,
        "chosen": tried[made.chosen],
        "reason": made.reason,
        "trials": tried,
    }


@pytest.mark.parametrize("default", [[0.3, 0.3, 0.3, 0.4], [0.1, 0.1, 0.1, 0.2], [0.9]])
def test_a_study_reads_as_it_was_chosen(default: list[float]) -> None:
    best = [0.1] * len(default)
    study = json.loads(json.dumps(written(default, best)))
    made = chosen(default, best)
    assert choice_in(study) == made
    assert point_in_force(study) == {"lr": pytest.approx(0.1 * (made.chosen + 1))}


def test_what_the_file_says_holds_though_the_rule_should_change() -> None:
    study = written([0.3] * 4, [0.1] * 4) | {"reason": "within_noise"}
    study["chosen"] = study["trials"][0]
    made = choice_in(study)
    assert made is not None and made.keeps_default and point_in_force(study) == {"lr": 0.1}


def test_a_study_from_before_gains_were_judged_has_its_best_point_in_force() -> None:
    study = {name: value for name, value in written([0.2], [0.1]).items() if name in ("best", "trials")}
    made = choice_in(study)
    assert made is not None and (made.chosen, made.reason) == (1, "least_error")
    assert point_in_force(study) == {"lr": 0.2} and in_words(made).startswith("moved: ")
    assert choice_in({"front": [0], "trials": []}) is None
