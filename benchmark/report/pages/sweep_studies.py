"""What a sweep left in best.json or pareto.json."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.suite.gain import Choice, choice_in


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One point that was tried. `values` has its number for every objective: the mean over the seeds that ran."""

    number: int
    state: str
    point: Mapping[str, float]
    values: Mapping[str, float]
    by_seed: tuple[Mapping[str, Any], ...]

    @property
    def failure(self) -> str:
        """The first status of a seed that is not done, or ""."""
        found = (str(seed.get("status", "done")) for seed in self.by_seed)
        return next((status for status in found if status != "done"), "")


@dataclass(frozen=True, kw_only=True)
class Study:
    """The search of one arm.

    Attributes:
        arm: its name, such as "width=64".
        space: (low, high, whether by logarithm) of every hyperparameter.
        default: the point of the fixed arm, which is asked first.
        best: number of the trial of the least error; None in a study of two objectives.
        choice: what that gains over the default, and which of the two is in force; None where `best` is.
        importances: share of every hyperparameter in the variance of the objective.
        trials: in the order in which they were asked.
        front: numbers of the trials that no other beats in all objectives.
    """

    arm: str
    space: Mapping[str, tuple[float, float, bool]]
    default: Mapping[str, float]
    best: int | None
    importances: Mapping[str, float]
    trials: tuple[Trial, ...]
    front: tuple[int, ...] = ()
    choice: Choice | None = None

    def trial(self, number: int | None) -> Trial | None:
        """Return the trial of that number."""
        return next((trial for trial in self.trials if trial.number == number), None)

    @property
    def tried_default(self) -> Trial | None:
        """The trial of the default point, which is asked first."""
        return next((trial for trial in self.trials if dict(trial.point) == dict(self.default)), None)

    @property
    def in_force(self) -> Trial | None:
        """The trial whose point the tuned arm has; None in a study of two objectives."""
        return self.trial(self.choice.chosen if self.choice else None)


@dataclass(frozen=True, kw_only=True)
class Studies:
    """A sweep: how it searched, and the study of every arm; `asked` is the hash of its question."""

    profile: str
    asked: str
    objective: str
    seeds: tuple[int, ...]
    n_trials: int
    batch: int
    sampler: Mapping[str, Any]
    pruner: Mapping[str, Any]
    optuna: str
    studies: tuple[Study, ...]


def studies_of(content: Mapping[str, Any]) -> Studies | None:
    """Return what a sweep file says; None for a suite without a sweep.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the file is not one of a sweep.
    """
    if not content.get("studies"):
        return None
    return Studies(
        profile=str(content.get("profile", "")),
        asked=str(content.get("asked", "")),
        objective=str(content.get("objective", "val_error")),
        seeds=tuple(int(seed) for seed in content.get("seeds", ())),
        n_trials=int(content.get("n_trials", 0)),
        batch=int(content.get("batch", 0)),
        sampler=dict(content.get("sampler") or {}),
        pruner=dict(content.get("pruner") or {}),
        optuna=str(content.get("optuna", "")),
        studies=tuple(_study(arm, study) for arm, study in content["studies"].items()),
    )


def _study(arm: str, content: Mapping[str, Any]) -> Study:
    space = {
        name: (float(found["low"]), float(found["high"]), bool(found.get("log")))
        for name, found in content["space"].items()
    }
    best = content.get("best") or {}
    return Study(
        arm=arm,
        space=space,
        default=dict(content.get("default") or {}),
        best=best.get("number"),
        importances=dict(content.get("importances") or {}),
        trials=tuple(_trial(trial) for trial in content["trials"]),
        front=tuple(content.get("front") or ()),
        choice=choice_in(content),
    )


def _trial(content: Mapping[str, Any]) -> Trial:
    value = content.get("value")
    values = {} if value is None else {"value": float(value)}
    return Trial(
        number=int(content["number"]),
        state=str(content["state"]),
        point={name: float(at) for name, at in content["point"].items()},
        values=values
        | {name: float(v) for name, v in (content.get("values") or {}).items() if v is not None},
        by_seed=tuple(content.get("by_seed") or ()),
    )


def trial_rows(suite: str, kind: str, found: Studies | None) -> list[dict[str, Any]]:
    """Return the trials of a sweep for a CSV file, a row for every seed of every trial."""
    if found is None:
        return []
    return [
        {
            "suite": suite,
            "sweep": kind,
            "arm": study.arm,
            "trial": trial.number,
            "state": trial.state,
            **{f"point.{name}": at for name, at in trial.point.items()},
            **{name if name != "value" else found.objective: v for name, v in trial.values.items()},
            **{f"of_seed.{name}" if name != "seed" else name: v for name, v in seed.items()},
        }
        for study in found.studies
        for trial in study.trials
        for seed in (trial.by_seed or ({},))
    ]
