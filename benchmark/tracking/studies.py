"""What MLflow is told about a sweep, made from best.json. No MLflow in here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.results.links import experiment_name
from benchmark.store.files import sha256, to_json
from benchmark.suite.gain import choice_in, in_words, point_in_force
from benchmark.tracking.child_run import ChildRun, Point
from benchmark.tracking.head import Head

Answer = Mapping[str, Any]  # the content of best.json
section = "sweep"  # of the metrics


def study_head(answer: Answer, arm: str) -> Head:
    """Return the parent run of one arm's study; another question makes another run."""
    asked = [answer[name] for name in ("suite", "profile", "asked")]
    return Head(
        id=sha256(to_json([*asked, arm]))[:16],
        experiment=experiment_name(answer["suite"], answer["profile"]),
        name=f"sweep {arm}",
        started=None,
        kind="study",
        child="trial",
        tags={
            "suite": answer["suite"],
            "profile": answer["profile"],
            "arm": arm,
            "study": arm,
            "asked": answer["asked"],
        },
    )


def trial_runs(answer: Answer, arm: str) -> list[ChildRun]:
    """Return the trials of one arm, in the order in which they were asked."""
    study = answer["studies"][arm]
    best, made = (study.get("best") or {}).get("number"), choice_in(study)
    space = space_of(answer, arm)
    return [
        _trial_run(
            answer["objective"],
            arm,
            trial,
            space,
            marks={
                "best": trial["number"] == best,
                "in_force": made is not None and trial["number"] == made.chosen,
            },
        )
        for trial in study["trials"]
    ]


def space_of(answer: Answer, arm: str) -> dict[str, bool]:
    """Return the hyperparameters of a study, and whether they are searched by their logarithm."""
    return {name: bool(span.get("log")) for name, span in answer["studies"][arm]["space"].items()}


def axis(name: str, *, is_log: bool) -> str:
    """Return the metric that charts put a hyperparameter on the axis by, for MLflow's axes are linear."""
    return f"{section}/log10_{name}" if is_log else f"{section}/{name}"


def study_metrics(answer: Answer, arm: str) -> dict[str, float]:
    """Return the best point's objective and gain, and how much of the objective every hyperparameter decides."""
    study = answer["studies"][arm]
    value, made = (study.get("best") or {}).get("value"), choice_in(study)
    found = {} if value is None else {f"{section}/{answer['objective']}": value}
    if made is not None:
        found[f"{section}/gain"] = made.gain.value
        if made.gain.standard_error is not None:
            found[f"{section}/gain_standard_error"] = made.gain.standard_error
    return found | {
        f"importance/{name}": share for name, share in sorted((study.get("importances") or {}).items())
    }


def study_params(answer: Answer, arm: str) -> dict[str, str]:
    """Return how the search was made."""
    study = answer["studies"][arm]
    told = {
        **{f"space.{name}": _span(span) for name, span in study["space"].items()},
        **{f"default.{name}": f"{value:g}" for name, value in (study.get("default") or {}).items()},
        **{f"in_force.{name}": f"{value:g}" for name, value in _in_force(study).items()},
        "sampler": _words(answer.get("sampler")),
        "pruner": _words(answer.get("pruner")),
        "seeds": _words(answer.get("seeds")),
        "n_trials": _words(answer.get("n_trials")),
        "batch": _words(answer.get("batch")),
        "optuna": _words(answer.get("optuna")),
    }
    return {name: value for name, value in told.items() if value}


def study_note(answer: Answer, arm: str) -> str:
    """Return the description of a study, in Markdown."""
    study, objective = answer["studies"][arm], answer["objective"]
    trials, best = study["trials"], study.get("best")
    n_pruned = sum(trial["state"] == "pruned" for trial in trials)
    found = (
        f"Best is {_point(best['point'])} (trial {best['number']}, {objective} {best['value']:.4g}) of "
        if best
        else ""
    )
    return (
        f"{found}{len(trials)} trials, {n_pruned} of them pruned.{_chosen(study)}\n\n"
        f"`lossbench sweep {answer['suite']}` tuned **{arm}**: each trial was trained with up to "
        f"{len(answer.get('seeds') or ())} seeds and judged by {objective}. Trial 0 is the paper's own point."
    )


def _chosen(study: Mapping[str, Any]) -> str:
    made = choice_in(study)
    return f" It {in_words(made)}." if made else ""


def _in_force(study: Mapping[str, Any]) -> Mapping[str, float]:
    return point_in_force(study) if study.get("best") else {}


def _trial_run(
    objective: str,
    arm: str,
    trial: Mapping[str, Any],
    space: Mapping[str, bool],
    *,
    marks: Mapping[str, bool],
) -> ChildRun:
    by_seed: Sequence[Mapping[str, Any]] = trial.get("by_seed") or ()
    ended = next((str(one["status"]) for one in by_seed if one.get("status", "done") != "done"), "done")
    status = "pruned" if trial["state"] == "pruned" else ended
    tags = {
        "status": status,
        "state": str(trial["state"]),
        **{name: "true" if holds else "" for name, holds in marks.items()},
        "cells": " ".join(str(one["cell"])[:12] for one in by_seed if one.get("cell")),
    }
    return ChildRun(
        key=str(trial["number"]),
        name=f"trial {trial['number']} {_point(trial['point'])} {arm}",
        status=status,
        params={name: f"{value:.6g}" for name, value in trial["point"].items()},
        points=tuple(_points(objective, trial, space)),
        tags={name: value for name, value in tags.items() if value},
    )


def _points(objective: str, trial: Mapping[str, Any], space: Mapping[str, bool]) -> list[Point]:
    """Return the objective, the hyperparameters (for charts of one against the other), and a curve over seeds."""
    found: list[tuple[str, Any, int]] = [(f"{section}/{objective}", trial.get("value"), 0)]
    for name, value in trial["point"].items():
        found.append((f"{section}/{name}", value, 0))
        if space.get(name) and value > 0:
            found.append((axis(name, is_log=True), math.log10(value), 0))
    found += [
        (f"by_seed/{name}", one.get(name), place)
        for name in (objective, "val_loss")
        for place, one in enumerate(trial.get("by_seed") or ())
    ]
    return [
        (name, float(value), step)
        for name, value, step in found
        if value is not None and math.isfinite(value)
    ]


def _point(point: Mapping[str, float]) -> str:
    return " ".join(f"{name}={value:.3g}" for name, value in point.items())


def _span(span: Mapping[str, Any]) -> str:
    return f"{span['low']:g} to {span['high']:g}" + (" (log)" if span.get("log") else "")


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}={part}" for name, part in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)
