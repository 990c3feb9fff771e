"""What the best point of a swept arm gains over its default, and which of the two is in force.

The gain is an error of the default minus one of the best point, paired: seed by seed, on the seeds that both have run.
The best point is in force where the mean of these differences is above `least_errors` standard errors of it, and rests
on `least_seeds` seeds; else the default is. As the best point is the best of all that was tried, its gain flatters it,
and on another processor the last bits may choose another one: a point that gains no more than chance moves no cell.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

least_errors = 2.0  # standard errors of the mean gain, which a gain in force is above
least_seeds = 4  # with fewer a standard error is itself a draw of luck
# in single precision histories keep 32 bits: further digits would break a tie of equal counts of wrong examples
error_digits = 6
rule: Mapping[str, Any] = {"standard_errors": least_errors, "seeds": least_seeds}

improves, within_noise = "improves", "within_noise"
default_is_best, too_few_seeds = "default_is_best", "too_few_seeds"
least_error = (
    "least_error"  # of sweeps from before gains were judged: the best point is in force, whatever it gains
)

Trial = Mapping[
    str, Any
]  # as best.json has it: `number`, `point`, `value`, and `by_seed` with `seed`, `val_error`


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Error of the default minus that of the best point, over the seeds that both have run.

    Attributes:
        value: the mean, from -1 to 1.
        standard_error: of that mean; None with fewer than two seeds.
        n_seeds: how many.
    """

    value: float
    standard_error: float | None
    n_seeds: int

    @property
    def reason(self) -> str:
        """Why a point other than the default is in force, or is not."""
        if self.standard_error is None or self.n_seeds < least_seeds:
            return too_few_seeds
        return improves if self.value > least_errors * self.standard_error else within_noise


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which trial of an arm is in force, and why.

    Attributes:
        chosen: its number; the default is trial 0.
        reason: "improves", "within_noise", "default_is_best", "too_few_seeds", or "least_error".
    """

    gain: Gain
    chosen: int
    reason: str

    @property
    def keeps_default(self) -> bool:
        """Whether the tuned arm is the fixed one."""
        return self.chosen == 0


def gain_of(default: Mapping[int, float], best: Mapping[int, float]) -> Gain:
    """Return the gain of a point with the errors `best` over one with the errors `default`, both by seed."""
    gains = [default[seed] - best[seed] for seed in default if seed in best]
    error = statistics.stdev(gains) / math.sqrt(len(gains)) if len(gains) > 1 else None
    return Gain(
        value=round(statistics.fmean(gains), error_digits) if gains else 0.0,
        standard_error=None if error is None else round(error, error_digits),
        n_seeds=len(gains),
    )


def choice(trials: Sequence[Trial], best: int) -> Choice:
    """Return which trial is in force: that numbered `best`, whose error is the least, or the default."""
    gain = gain_of(_errors(trials[0]), _errors(trials[best]))
    reason = gain.reason if best else default_is_best
    return Choice(gain=gain, chosen=best if reason == improves else 0, reason=reason)


def choice_in(study: Mapping[str, Any]) -> Choice | None:
    """Return what best.json says is in force in an arm; None for a study of two objectives, which chooses none.

    A file from before gains were judged says no more than the best point, which was in force.
    """
    if not study.get("best"):
        return None
    trials, best = study["trials"], study["best"]["number"]
    gain = gain_of(_errors(trials[0]), _errors(trials[best]))
    if "chosen" not in study:
        return Choice(gain=gain, chosen=best, reason=least_error if best else default_is_best)
    said = Gain(value=study["gain"], standard_error=study["standard_error"], n_seeds=gain.n_seeds)
    return Choice(gain=said, chosen=study["chosen"]["number"], reason=study["reason"])


def point_in_force(study: Mapping[str, Any]) -> Mapping[str, float]:
    """Return the point that a study of best.json puts in force."""
    point: Mapping[str, float] = study.get("chosen", study["best"])["point"]
    return point


def in_words(made: Choice) -> str:
    """Return which point is in force, and why: `kept the default: ...`."""
    gain = shown(made.gain)
    return {
        improves: f"moved: the best point's gain {gain} is above two standard errors",
        within_noise: f"kept the default: the best point's gain {gain} is not above two standard errors",
        default_is_best: "kept the default: no point that was tried has a smaller error",
        too_few_seeds: f"kept the default: a standard error takes at least {least_seeds} sweep seeds, and the "
        f"best point shares {made.gain.n_seeds} with it",
        least_error: f"moved: the best point gains {gain}, which was not held against its standard error",
    }[made.reason]


def shown(gain: Gain) -> str:
    """Return `0.004 ± 0.003`, mean and standard error."""
    if gain.standard_error is None:
        return f"{gain.value:.2g}"
    return f"{gain.value:.2g} ± {gain.standard_error:.2g}"


def _errors(trial: Trial) -> dict[int, float]:
    """Return the errors by seed; one that failed has the error 1, and one that was given up before has none."""
    return {int(one["seed"]): float(one["val_error"]) for one in trial["by_seed"]}
