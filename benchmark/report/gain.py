"""What the winner of an arm gains over its default, and whether that is more than noise."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.report.studies import Studies, Study, Trial

least = 2.0  # standard errors; a smaller gain is within noise
method = (
    "default minus winner, ± the larger of two standard errors: that of proportions of wrong answers, as if default "
    "and winner had been tried on different examples (which answers they share is not recorded), and that of the "
    f"differences seed by seed. Below {least:g} standard errors a gain is within noise; and as the winner is the best "
    "of all that was tried, even a larger one flatters it"
)


@dataclass(frozen=True, kw_only=True)
class Gain:
    """Validation error of the default minus that of the winner; `standard_error` is None where nothing tells it."""

    value: float
    standard_error: float | None
    is_default: bool

    @property
    def is_noise(self) -> bool | None:
        """Whether it is less than chance gives; None where that cannot be told."""
        if self.is_default or self.value <= 0:
            return True
        return None if self.standard_error is None else self.value < least * self.standard_error


def gain_of(study: Study, n_val: int | None) -> Gain | None:
    """Return what the winner gains on the seeds that both have run; None without a winner or a default.

    Args:
        study: of an arm.
        n_val: validation examples of every seed; None where that is not known.
    """
    default, winner = study.tried_default, study.trial(study.best)
    if default is None or winner is None:
        return None
    both = _both(default, winner)
    if not both:
        return None
    return Gain(
        value=statistics.fmean(old - new for old, new in both),
        standard_error=_standard_error(both, n_val),
        is_default=winner.number == default.number,
    )


def _both(default: Trial, winner: Trial) -> list[tuple[float, float]]:
    new = {seed["seed"]: float(seed["val_error"]) for seed in winner.by_seed}
    return [(float(seed["val_error"]), new[seed["seed"]]) for seed in default.by_seed if seed["seed"] in new]


def _standard_error(both: Sequence[tuple[float, float]], n_val: int | None) -> float | None:
    """Return the larger of two: few seeds may agree by chance, and examples know nothing of luck in training."""
    found = []
    if n_val:
        variance = sum(error * (1 - error) / n_val for pair in both for error in pair)
        found.append(math.sqrt(variance) / len(both))
    if len(both) > 1:
        spread = statistics.stdev(old - new for old, new in both)
        found.append(spread / math.sqrt(len(both)))
    return max(found, default=None)


def noise_in_words(found: Studies, n_val: int | None) -> str:
    """Return what to make of verdicts that differ between fixed and tuned; "" where every winner beats noise."""
    gains = [gain for study in found.studies if (gain := gain_of(study, n_val)) is not None]
    known = [gain.is_noise for gain in gains if gain.is_noise is not None]
    if not any(known):
        return ""
    return (
        f"In {sum(known)} of {len(known)} arms the winner is within noise of the default, or the default itself: a "
        "verdict that flips there says how much the claim depends on the setting, not which setting is better."
    )
