"""What was best in every arm of a sweep, what that gains, and what is in force, as a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from benchmark.report.pages.sweep_studies import Studies, Study, Trial
from benchmark.report.words.html_table import Item, Table, item, table
from benchmark.report.words.numbers import number, spread
from benchmark.suite.gain import Choice, default_is_best


def arms_table(found: Studies) -> Table:
    """Return a row for every arm."""
    columns = (
        "arm",
        "default",
        "its error (%)",
        "best point",
        "its error (%)",
        "gain (% points)",
        "in force",
        "trials",
        "pruned",
        "failed",
        "importance (PED-ANOVA)",
    )
    return table("What was best in every arm, and what is in force", columns, list(map(_row, found.studies)))


def _row(study: Study) -> tuple[Any, ...]:
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
        _gain(study.choice),
        _in_force(study.choice),
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


def _gain(made: Choice | None) -> Item:
    if made is None:
        return item("–")
    if made.reason == default_is_best:
        return item("none", sort=0.0)
    gain, error = 100 * made.gain.value, made.gain.standard_error
    return item(spread(gain, None if error is None else 100 * error), sort=gain)


def _in_force(made: Choice | None) -> str:
    if made is None:
        return "–"
    return "default" if made.keeps_default else "best point"
