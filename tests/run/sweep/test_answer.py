"""What a sweep writes of its trials."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import optuna
import pytest

from benchmark.run.sweep.answer import answer, importances
from benchmark.run.sweep.search import Found
from benchmark.suite.tuning import Try
from tests.run.sweep.questions import bowl, question, searched
from tests.run.sweep.test_search import diverged

states = ("complete", "pruned")


def traded(tried: Try) -> Found:
    """Pretend that a larger momentum is flatter and errs more."""
    momentum = tried.point["momentum"]
    return dataclasses.replace(diverged(tried), val_error=momentum, sharpness=1 - momentum)


def test_the_winner_has_the_least_error() -> None:
    asked = question(sweep_trials=12)
    study = answer(asked, [searched(asked)])["studies"]["width=4"]
    complete = [trial for trial in study["trials"] if trial["state"] == "complete"]
    assert study["best"]["value"] == min(trial["value"] for trial in complete)
    winner = study["trials"][study["best"]["number"]]
    assert winner["point"] == study["best"]["point"] and winner["value"] == study["best"]["value"]
    assert study["best"]["value"] < study["trials"][0]["value"]


def test_the_gain_is_of_the_best_point_over_the_default_and_says_what_is_in_force() -> None:
    asked = question(sweep_trials=12, sweep_seeds=(10, 11, 12, 13))
    study = answer(asked, [searched(asked)])["studies"]["width=4"]
    default = study["trials"][0]["value"]
    assert study["gain"] == pytest.approx(default - study["best"]["value"])
    assert study["standard_error"] == 0  # a bowl has the same luck on every point
    assert (study["reason"], study["chosen"]) == ("improves", study["best"])
    few = question(sweep_trials=12)  # on three seeds
    study = answer(few, [searched(few)])["studies"]["width=4"]
    assert (study["reason"], study["chosen"]["number"]) == ("too_few_seeds", 0)
    assert study["chosen"]["point"] == study["default"] and study["best"]["number"] > 0


def test_a_tie_goes_to_the_paper_s_point() -> None:
    asked = question()
    flat = searched(asked, lambda tried: dataclasses.replace(bowl(tried), val_error=0.25))
    assert answer(asked, [flat])["studies"]["width=4"]["best"]["number"] == 0


def test_a_given_up_trial_never_wins() -> None:
    asked = question(sweep_trials=12)

    def lucky(
        tried: Try,
    ) -> Found:  # all that saw the first seed alone look better than all that saw the others
        found = bowl(tried)
        return found if tried.seed == asked.seeds[0] else dataclasses.replace(found, val_error=1.0)

    study = answer(asked, [searched(asked, lucky)])["studies"]["width=4"]
    least = {state: min(t["value"] for t in study["trials"] if t["state"] == state) for state in states}
    assert least["pruned"] < least["complete"] == study["best"]["value"]


def test_importances_tell_what_matters() -> None:
    asked = question(sweep_trials=40)
    study = answer(asked, [searched(asked)])["studies"]["width=4"]
    assert set(study["importances"]) == {"lr", "momentum"}
    assert study["importances"]["lr"] > study["importances"]["momentum"]


def test_equal_counts_of_wrong_examples_tie_though_histories_keep_32_bits() -> None:
    asked = question(sweep_trials=2)
    of_default, of_other = (
        (float(np.float32(0.043)),) * 3,
        [float(np.float32(e)) for e in (0.037, 0.045, 0.047)],
    )
    assert sum(of_other) < sum(of_default)

    def equal(tried: Try) -> Found:
        errors = of_default if tried.point == asked.default(tried.arm) else of_other
        return dataclasses.replace(bowl(tried), val_error=errors[asked.seeds.index(tried.seed)])

    best = answer(asked, [searched(asked, equal)])["studies"]["width=4"]["best"]
    assert (best["number"], best["value"]) == (0, 0.043)


def test_one_hyperparameter_has_no_importance() -> None:
    study = optuna.create_study()
    for number in range(20):
        study.add_trial(
            optuna.create_trial(
                params={"lr": number / 20},
                distributions={"lr": optuna.distributions.FloatDistribution(0, 1)},
                value=number,
            )
        )
    assert importances(study) == {}


def test_importances_of_a_flat_error_are_left_out() -> None:
    asked = question()
    flat = searched(asked, lambda tried: dataclasses.replace(bowl(tried), val_error=0.25))
    assert answer(asked, [flat])["studies"]["width=4"]["importances"] == {}


def test_the_front_holds_exactly_what_nothing_beats_in_both() -> None:
    asked = question(sweep_trials=16)
    study = answer(asked, [searched(asked, traded, pareto=True)])["studies"]["width=4"]
    name = asked.sharpness.label
    values = [(trial["values"]["val_error"], trial["values"][name]) for trial in study["trials"]]
    beaten = {
        number
        for number, (error, sharpness) in enumerate(values)
        if any(
            one[0] <= error and one[1] <= sharpness and one != (error, sharpness)
            for one in values
            if one[1] is not None and sharpness is not None
        )
    }
    assert study["front"] == sorted(set(range(16)) - beaten)
    assert "best" not in study


def test_a_network_without_sharpness_has_none_and_is_not_on_the_front() -> None:
    asked = question(sweep_trials=12)
    study = answer(asked, [searched(asked, diverged, pareto=True)])["studies"]["width=4"]
    name = asked.sharpness.label
    lost = [trial["number"] for trial in study["trials"] if trial["point"]["lr"] > 1]
    assert lost and not set(lost) & set(study["front"])
    assert all(study["trials"][number]["values"] == {"val_error": 1.0, name: None} for number in lost)


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_a_sharpness_that_is_no_number_counts_as_none(number: float) -> None:
    asked = question(sweep_trials=4)

    def endless(tried: Try) -> Found:
        is_default = tried.point == asked.default(tried.arm)
        return dataclasses.replace(traded(tried), sharpness=number if is_default else 1.0)

    first, *others = answer(asked, [searched(asked, endless, pareto=True)])["studies"]["width=4"]["trials"]
    assert first["values"][asked.sharpness.label] is None
    assert {trial["state"] for trial in (first, *others)} == {"complete"}


def test_the_answer_is_plain_json() -> None:
    asked = question()
    for pareto in (False, True):
        content = answer(asked, [searched(asked, diverged, pareto=pareto)])
        assert json.loads(json.dumps(content, allow_nan=False)) == content
