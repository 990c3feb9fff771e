"""The search of one arm: which points are tried on which seeds, in which order, and when a point is given up.

It is a pure function of what the tried cells turned out to be, so that a sweep that was killed is replayed from the
run store, and neither the number of workers nor the order in which they end changes a trial.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import optuna

from benchmark.cells.streams import derive_seed
from benchmark.suite.gain import error_digits
from benchmark.suite.tuning import Question, Try, batch, pruner, sampler

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial, Trial

optuna.logging.set_verbosity(optuna.logging.WARNING)
worst_error = 1.0  # of a point that diverges: so it can never win, and the sampler learns to keep away


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one tried cell turned out to be.

    Attributes:
        status: "done", "diverged", "not_converged" or "failed".
        val_error: the last one of its history; the worst where it is not done.
        val_loss: the same; None where it is not done.
        sharpness: the measure's first number; None unless asked for and done.
    """

    seed: int
    cell: str
    status: str
    val_error: float = worst_error
    val_loss: float | None = None
    sharpness: float | None = None


Steps = Generator[list[Try], Sequence[Found], None]


@dataclass(kw_only=True)
class Search:
    """One arm's study.

    Attributes:
        pareto: minimize the sharpness besides the error; nothing is pruned then.
        on_told: called with every trial that has ended, in the order of their numbers.
        found: by trial number, what its cells turned out to be.
    """

    question: Question
    arm: str
    pareto: bool = False
    on_told: Callable[[Search, FrozenTrial], None] = lambda search, trial: None
    found: dict[int, list[Found]] = field(default_factory=dict)
    study: optuna.Study = field(init=False)

    def __post_init__(self) -> None:
        self.study = optuna.create_study(
            study_name=self.arm,
            directions=["minimize"] * (2 if self.pareto else 1),
            pruner=optuna.pruners.MedianPruner(**_options(pruner)),
        )

    def steps(self) -> Steps:
        """Yield the cells that are to be tried next, and take what they turned out to be, in the same order."""
        self.study.enqueue_trial(self.question.default(self.arm))
        n_trials = self.question.n_trials
        for first in range(0, n_trials, batch):
            trials = [self._asked(number) for number in range(first, min(first + batch, n_trials))]
            poor: set[int] = set()
            for seeds in self._rounds():
                alive = [trial for trial in trials if trial.number not in poor]
                yield from self._round(alive, seeds)
                poor |= {trial.number for trial in alive if self._is_poor(trial)}
            for trial in trials:
                self._tell(trial)

    def _asked(self, number: int) -> Trial:
        """Return a new trial; its draws depend on its number and on the trials before it, on nothing else."""
        seed = derive_seed(sampler["seed"], "trial", number) % 2**32
        self.study.sampler = optuna.samplers.TPESampler(**_options(sampler), seed=seed)
        spans = self.question.space.items()
        trial = self.study.ask(
            {name: optuna.distributions.FloatDistribution(s.low, s.high, log=s.log) for name, s in spans}
        )
        self.found[trial.number] = []
        return trial

    def _rounds(self) -> list[tuple[int, ...]]:
        """Return the seeds in groups, after each of which a trial may be given up; one group while none can be."""
        n_complete = len(self.study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.COMPLETE,)))
        if self.pareto or n_complete < pruner["n_startup_trials"]:
            return [self.question.seeds]
        return [(seed,) for seed in self.question.seeds]

    def _round(self, trials: Sequence[Trial], seeds: Sequence[int]) -> Steps:
        owners = [trial for trial in trials for _ in seeds]
        found = yield [Try(arm=self.arm, point=trial.params, seed=seed) for trial in trials for seed in seeds]
        for trial, one in zip(owners, found, strict=True):
            self.found[trial.number].append(one)
            if not self.pareto:
                trial.report(self.error(trial.number), step=len(self.found[trial.number]) - 1)

    def _is_poor(self, trial: Trial) -> bool:
        """Tell whether a trial that has seeds left has at its best been worse than the median of the complete ones."""
        left = len(self.question.seeds) - len(self.found[trial.number])
        return bool(left) and trial.should_prune()

    def _tell(self, trial: Trial) -> None:
        number = trial.number
        trial.set_user_attr("by_seed", [dataclasses.asdict(one) for one in self.found[number]])
        if len(self.found[number]) < len(self.question.seeds):
            self.study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        elif self.pareto:
            self.study.tell(trial, [self.error(number), self.sharpness(number)])
        else:
            self.study.tell(trial, self.error(number))
        self.on_told(self, self.study.get_trials(deepcopy=False)[number])

    def error(self, number: int) -> float:
        """Return a trial's error, averaged over the seeds that it was tried on."""
        return round(_mean([one.val_error for one in self.found[number]]), error_digits)

    def sharpness(self, number: int) -> float:
        """Return a trial's sharpness, averaged in the same way; infinite where a network has none that is finite."""
        numbers = [one.sharpness for one in self.found[number]]
        return _mean([math.inf if one is None or not math.isfinite(one) else one for one in numbers])


def _options(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in ("name", "seed")}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
