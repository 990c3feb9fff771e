"""What won in every arm of a sweep, and what that gains, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmark.report.gain import Gain, gain_of
from benchmark.report.numbers import number, spread
from benchmark.report.studies import Studies, Study, Trial
from benchmark.report.table import Item, Table, item, table


def arms_table(found: Studies, n_val: int | None) -> Table:
    """Return a row for every arm.

    Args:
        found: the sweep.
        n_val: validation examples of every seed; None where that is not known.
    """
    columns = (
        "arm",
        "default",
        "its error (%)",
        "winner",
        "its error (%)",
        "gain (% points)",
        "trials",
        "pruned",
        "failed",
        "importance (PED-ANOVA)",
    )
    return table("What won in every arm", columns, [_row(study, n_val) for study in found.studies])


def _row(study: Study, n_val: int | None) -> tuple[Any, ...]:
    first, best = study.tried_default, study.trial(study.best)
    states = Counter(trial.state for trial in study.trials)
    failed = Counter(trial.failure.replace("_", " ") for trial in study.trials if trial.failure)
    front = f"{len(study.front)} on the front" if study.front else "–"
    return (
        study.arm,
        _point(study.default),
        _error(first),
        _point(best.point) if best else front,
        _error(best),
        _gain(gain_of(study, n_val)),
        len(study.trials),
        states["pruned"],
        ", ".join(f"{n} {name}" for name, n in failed.items()) or 0,
        ", ".join(f"{name} {number(share, 2)}" for name, share in study.importances.items()) or "–",
    )


def _point(point: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:.3g}" for name, value in point.items())


def _error(trial: Trial | None) -> Item:
    if trial is None or not trial.values:
        return item(None)
    error = 100 * next(iter(trial.values.values()))
    return item(number(error), sort=error)


def _gain(gain: Gain | None) -> Item:
    if gain is None:
        return item("–")
    if gain.is_default:
        return item("none: the default won", sort=0.0)
    error = None if gain.standard_error is None else 100 * gain.standard_error
    text = spread(100 * gain.value, error)
    return item(f"{text}, within noise" if gain.is_noise else text, sort=100 * gain.value)
