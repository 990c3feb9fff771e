"""What a sweep writes: best.json with the point in force in every arm, or pareto.json with fronts; no clock."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Sequence
from typing import Any

import optuna

from benchmark.run.sweep.search import Search
from benchmark.suite.gain import choice, rule
from benchmark.suite.tuning import Question, batch, objective, pruner, sampler

complete = optuna.trial.TrialState.COMPLETE


def answer(question: Question, searches: Sequence[Search]) -> dict[str, Any]:
    """Return all of an ended sweep as plain JSON values; equal work gives equal bytes."""
    return {
        **question.head,
        "batch": batch,
        "sampler": dict(sampler),
        "pruner": dict(pruner),
        "replaces_default": dict(rule),
        "optuna": optuna.__version__,
        "studies": {search.arm: _study(search) for search in searches},
    }


def _study(search: Search) -> dict[str, Any]:
    question = search.question
    trials = [_trial(search, trial) for trial in search.study.get_trials(deepcopy=False)]
    return {
        "space": {name: dataclasses.asdict(span) for name, span in question.space.items()},
        "default": question.default(search.arm),
        **(_front(search) if search.pareto else _in_force(trials, _best(search))),
        "importances": importances(search.study),
        "trials": trials,
    }


def _best(search: Search) -> int:
    """Return the number of the trial of the least error; of several the first one."""
    trials = search.study.get_trials(deepcopy=False, states=(complete,))
    return min(trials, key=lambda trial: (trial.values[0], trial.number)).number


def _in_force(trials: Sequence[dict[str, Any]], best: int) -> dict[str, Any]:
    """Return the best trial, what it gains over the default, and which of the two that puts in force."""
    made = choice(trials, best)
    return {
        "best": _point(trials[best]),
        "gain": made.gain.value,
        "standard_error": made.gain.standard_error,
        "chosen": _point(trials[made.chosen]),
        "reason": made.reason,
    }


def _point(trial: dict[str, Any]) -> dict[str, Any]:
    return {name: trial[name] for name in ("number", "point", "value")}


def _front(search: Search) -> dict[str, Any]:
    """Return the trials than which none is better in one objective without being worse in the other."""
    finite = [trial for trial in search.study.best_trials if all(map(math.isfinite, trial.values))]
    return {"front": sorted(trial.number for trial in finite)}


def _trial(search: Search, trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    found = search.found[trial.number]
    return {
        "number": trial.number,
        "state": trial.state.name.lower(),
        "point": trial.params,
        **(_values(search, trial.number) if search.pareto else {"value": search.error(trial.number)}),
        "by_seed": [
            {
                name: value
                for name, value in dataclasses.asdict(one).items()
                if search.pareto or name != "sharpness"
            }
            for one in found
        ],
    }


def _values(search: Search, number: int) -> dict[str, Any]:
    sharpness = search.sharpness(number)
    label = search.question.sharpness.label
    return {
        "values": {objective: search.error(number), label: sharpness if math.isfinite(sharpness) else None}
    }


def importances(study: optuna.Study) -> dict[str, float]:
    """Return how much each hyperparameter decides whether a trial is among the best tenth (PED-ANOVA).

    They sum to 1, so that there are none where one hyperparameter is searched alone; and none where all trials tie. The
    best tenth is at least two trials: below about 50 complete ones this is a hint, no estimate.
    """
    if len(study.trials[0].params) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    target = None if len(study.directions) == 1 else (lambda trial: float(trial.values[0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="PedAnovaImportanceEvaluator computes")
        try:
            found = optuna.importance.get_param_importances(study, evaluator=evaluator, target=target)
        except (UserWarning, ValueError):  # Optuna would go on with equal importances, which say nothing
            return {}
    return {name: float(value) for name, value in found.items()}
