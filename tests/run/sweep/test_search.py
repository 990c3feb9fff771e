"""Which points are tried, on which seeds, and when one is given up."""

from __future__ import annotations

import dataclasses

import pytest
from optuna.trial import TrialState

from benchmark.run.sweep.search import Found, Search, worst_error
from benchmark.suite.tuning import Try, batch
from tests.run.sweep.questions import bowl, points, question, searched


def diverged(tried: Try) -> Found:
    """Pretend that every learning rate above 1 diverges."""
    found = bowl(tried)
    lost = Found(seed=found.seed, cell=found.cell, status="diverged")
    return lost if tried.point["lr"] > 1 else found


def test_the_paper_s_point_is_tried_first() -> None:
    assert points(searched(question()))[0] == {"lr": 0.1, "momentum": 0.0}


def test_equal_answers_give_equal_trials() -> None:
    assert points(searched(question())) == points(searched(question()))


def test_a_longer_sweep_begins_with_the_trials_of_a_shorter_one() -> None:
    shorter, longer = searched(question(sweep_trials=7)), searched(question(sweep_trials=11))
    assert points(longer)[:7] == points(shorter)
    assert len({trial["lr"] for trial in points(longer)}) == 11


def test_what_was_found_moves_later_points_and_no_earlier_ones() -> None:
    def mirrored(tried: Try) -> Found:
        return dataclasses.replace(bowl(tried), val_error=1 - bowl(tried).val_error)

    one, other = points(searched(question())), points(searched(question(), mirrored))
    assert one[:4] == other[:4]  # drawn at random
    assert one[4:] != other[4:]


def test_arms_with_equal_spaces_draw_the_same_first_points() -> None:
    asked = question()
    first, second = (Search(question=asked, arm=arm).steps() for arm in asked.arms)
    assert [tried.point for tried in next(first)] == [tried.point for tried in next(second)]


def test_trials_are_told_in_order_after_their_whole_batch_was_tried() -> None:
    told: list[tuple[int, list[int]]] = []

    def note(search: Search, trial: object) -> None:
        told.append((trial.number, sorted(search.found)))  # type: ignore[attr-defined]

    searched(question(), on_told=note)
    assert [number for number, _ in told] == list(range(6))
    for number, known in told:
        assert known == list(range(min(6, (number // batch + 1) * batch)))


def test_a_trial_worse_than_the_median_is_given_up_before_its_last_seed() -> None:
    asked = question(sweep_trials=12)
    search = searched(asked)
    pruned = [trial.number for trial in search.study.trials if trial.state == TrialState.PRUNED]
    assert pruned, "no trial was given up"
    assert all(number >= 4 for number in pruned)
    for trial in search.study.trials:
        n_tried = len(search.found[trial.number])
        assert (n_tried < len(asked.seeds)) == (trial.number in pruned)
    complete = [trial.values[0] for trial in search.study.trials if trial.state == TrialState.COMPLETE]
    assert all(search.error(number) > sorted(complete)[len(complete) // 2] for number in pruned)


def test_what_diverges_counts_as_the_worst_and_keeps_its_status() -> None:
    search = searched(question(sweep_trials=12), diverged)
    lost = [n for n, trial in enumerate(search.study.trials) if trial.params["lr"] > 1]
    assert lost
    for number in lost:
        assert search.error(number) == worst_error == 1.0
        assert {found.status for found in search.found[number]} == {"diverged"}
        assert {found.val_loss for found in search.found[number]} == {None}


def test_the_error_of_a_trial_is_the_mean_over_the_sweep_seeds() -> None:
    search = searched(question())
    assert [found.seed for found in search.found[0]] == [1_000_000, 1_000_001, 1_000_002]
    assert search.study.trials[0].value == pytest.approx(0.1 + 0.001)


def test_no_trial_is_given_up_when_two_objectives_are_asked() -> None:
    search = searched(question(sweep_trials=12), diverged, pareto=True)
    assert {trial.state for trial in search.study.trials} == {TrialState.COMPLETE}
    assert all(len(found) == 3 for found in search.found.values())
