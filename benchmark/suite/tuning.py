"""What a suite tunes, and which winners answer that: all of a sweep that a run needs. No Optuna here."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.measures.measure import Measure
from benchmark.store.files import sha256, to_json
from benchmark.suite.gain import point_in_force, rule
from benchmark.suite.plan import pinned
from benchmark.suite.suite import Range, Suite, Sweep, sweep_fields

Point = Mapping[str, float]

objective = "val_error"
batch = 2  # trials of an arm that are asked before any of them is told; what -j says changes no number
sampler: Mapping[str, Any] = {
    "name": "TPESampler",
    "seed": 0,  # of all arms: their first trials are drawn alike, so that luck favours none
    "n_startup_trials": 4,
    "multivariate": True,
    "constant_liar": True,
}
pruner: Mapping[str, Any] = {"name": "MedianPruner", "n_startup_trials": 4, "n_warmup_steps": 0}


@dataclass(frozen=True, kw_only=True)
class Try:
    """One cell of a sweep: a point of an arm's space, on one of the sweep seeds."""

    arm: str
    point: Point
    seed: int


@dataclass(frozen=True, kw_only=True)
class Question:
    """What a sweep of a suite is asked under one configuration.

    Attributes:
        pin: from a data spec to the same with the digest of the data on this machine; see `plan.plan`.
    """

    suite: Suite
    profile: str
    config: Any
    pin: Callable[[Any], Any] = lambda data: data

    @property
    def n_trials(self) -> int:
        """How many points every arm tries; 0 where the suite has no sweep, or is told to leave it."""
        return 0 if self.suite.sweep is None else int(self.config.sweep_trials)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds over which a point's error is averaged; none of them is one of the verdicts'."""
        return tuple(self.config.sweep_seeds) if self.n_trials else ()

    @cached_property
    def arms(self) -> tuple[str, ...]:
        """The arms, each tuned by itself."""
        return tuple(self._sweep.arms(self._plain)) if self.n_trials else ()

    @cached_property
    def space(self) -> Mapping[str, Range]:
        """The hyperparameters, and where they are searched."""
        return self._sweep.space(self._plain)

    def default(self, arm: str) -> dict[str, float]:
        """Return the suite's own point, which an arm tries first."""
        return {name: float(value) for name, value in self._sweep.default(self._plain, arm).items()}

    def cell(self, tried: Try) -> Cell:
        """Return the cell that tries a point."""
        return pinned(self._sweep.cell(self._plain, tried.arm, dict(tried.point), tried.seed), self.pin)

    @cached_property
    def asked(self) -> str:
        """16 hex digits over everything that decides the outcome, apart from the code.

        A cell is known by its key at the default and at both ends of every range, so that a knob that shapes no cell of
        the sweep asks no other question.
        """
        return sha256(to_json(self._facts()))[:16]

    @property
    def head(self) -> dict[str, Any]:
        """What the answer says of the question."""
        return {
            "suite": self.suite.name,
            "profile": self.profile,
            "asked": self.asked,
            "objective": objective,
            "seeds": list(self.seeds),
            "n_trials": self.n_trials,
        }

    @property
    def sharpness(self) -> Measure:
        """What is minimized besides the error where both are asked for."""
        return self._sweep.sharpness

    def check(self) -> None:
        """Raise `ValueError`, naming the field and the remedy, where the question cannot be asked."""
        for text in self._faults():
            raise ValueError(text)

    @property
    def _sweep(self) -> Sweep:
        if self.suite.sweep is None:
            raise ValueError(f"suite {self.suite.name} has no sweep")
        return self.suite.sweep

    @cached_property
    def _plain(self) -> Any:
        """The configuration without winners: what is asked must not depend on what was answered."""
        return dataclasses.replace(self.config, tuned=())

    def _facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = {"suite": self.suite.name, "n_trials": self.n_trials, "seeds": self.seeds}
        if self.n_trials:
            facts |= {
                "objective": objective,
                "batch": batch,
                "sampler": sampler,
                "pruner": pruner,
                "rule": rule,
            }
            facts["space"] = {name: dataclasses.asdict(span) for name, span in self.space.items()}
            facts["arms"] = [[arm, self.default(arm), self._keys(arm)] for arm in self.arms]
        return facts

    def _keys(self, arm: str) -> list[str]:
        lowest = {name: float(span.low) for name, span in self.space.items()}
        highest = {name: float(span.high) for name, span in self.space.items()}
        points = (self.default(arm), lowest, highest)
        return [
            self.cell(Try(arm=arm, point=point, seed=seed)).key for point in points for seed in self.seeds
        ]

    def _faults(self) -> Iterator[str]:
        missing = [name for name in sweep_fields if not hasattr(self.config, name)]
        if self.suite.sweep is not None and missing:
            yield f"a Config with a sweep has the fields {', '.join(sweep_fields)}; add {', '.join(missing)}"
        if self.n_trials:
            yield from self._faults_of_seeds()
            yield from self._faults_of_arms()

    def _faults_of_seeds(self) -> Iterator[str]:
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            yield f"sweep_seeds is {list(self.seeds)}; give at least one seed, each once"
        both = sorted(set(self.seeds) & set(self.config.seeds))
        if both:
            yield (
                f"sweep_seeds holds {both}, which seeds holds too; the seeds that tune must not be those that the "
                "verdicts rest on: give others"
            )

    def _faults_of_arms(self) -> Iterator[str]:
        if not self.arms or len(set(self.arms)) < len(self.arms):
            yield f"sweep.arms gives {list(self.arms)}; give at least one name, each once, or set sweep_trials to 0"
        if not self.space:
            yield "sweep.space is empty; name at least one hyperparameter, or set sweep_trials to 0"
        for arm in self.arms:
            yield from self._faults_of(arm)

    def _faults_of(self, arm: str) -> Iterator[str]:
        default = self.default(arm)
        if default.keys() != self.space.keys():
            yield f"{arm}: the default names {sorted(default)}, but the space {sorted(self.space)}; name the same"
        for name, span in self.space.items():
            if not span.low <= default[name] <= span.high:
                yield f"{arm}: the default {name}={default[name]} lies outside {span.low} to {span.high}; widen it"
        cell = self.cell(Try(arm=arm, point=default, seed=self.seeds[0]))
        if cell.start is not None:
            yield f"{arm}: its cell starts from another one; a sweep trains from freshly drawn weights"
        if getattr(cell.data, "n_val", 1) == 0:
            yield f"{arm}: its cell has no validation examples; set n_val above 0"


def read_best(path: Path) -> dict[str, Any] | None:
    """Return what a sweep wrote; None where there is nothing that can be read."""
    try:
        content = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    return content if isinstance(content, dict) and {"asked", "studies"} <= content.keys() else None


def points_in_force(content: Mapping[str, Any]) -> tuple[tuple[str, str, float], ...]:
    """Return the points in force as (arm, hyperparameter, value): what the field `tuned` of a Config holds.

    An arm that kept its default is among them: its tuned cells are the fixed ones.
    """
    return tuple(
        (arm, name, value)
        for arm, study in content["studies"].items()
        for name, value in point_in_force(study).items()
    )


def with_winners(question: Question, places: Sequence[Path]) -> tuple[Any, str]:
    """Return the Config with the winners of the first sweep that answers the question.

    Args:
        question: what the sweep must have been asked.
        places: files that a sweep may have written, best first.

    Returns:
        The Config, and what a person should know of it: why there is no tuned arm; or "".
    """
    if not question.n_trials or question.config.tuned:
        return question.config, ""
    found = {path: content for path in places if (content := read_best(path)) is not None}
    fitting = [content for content in found.values() if content["asked"] == question.asked]
    if fitting:
        return dataclasses.replace(question.config, tuned=points_in_force(fitting[0])), ""
    told = [f"{path} {'answers another question' if path in found else 'is not there'}" for path in places]
    return question.config, f"no tuned arm: {', and '.join(told if found else told[:1])}"


def tried_cells(question: Question, content: Mapping[str, Any]) -> Iterator[Cell]:
    """Yield the cells that a sweep has trained."""
    for arm, study in content["studies"].items():
        for trial in study["trials"]:
            for one in trial["by_seed"]:
                yield question.cell(Try(arm=arm, point=trial["point"], seed=one["seed"]))
