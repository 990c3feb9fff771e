"""The sweep of a suite: how it searched, what won, and how much the claims depend on it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.drawing import FigureSection, figure_section
from benchmark.report.numbers import number
from benchmark.report.sensitivity import Pair, pairs
from benchmark.report.studies import Studies, Study, Trial
from benchmark.report.study_figures import (
    error_against_hyperparameter,
    optimization_history,
    pareto_fronts,
)
from benchmark.report.table import Item, Table, item, table

near_end = 0.05  # of a searched range


@dataclass(frozen=True, kw_only=True)
class SweepSection:
    """A sweep as the templates show it; `search` are (what, how) in words, `warnings` what is wrong with it."""

    statement: str
    warnings: tuple[str, ...]
    search: tuple[tuple[str, str], ...]
    arms: Table
    figures: tuple[FigureSection, ...]
    pairs: tuple[Pair, ...]


def sweep_section(
    suite: str,
    *,
    best: Studies | None,
    pareto: Studies | None,
    verdicts: Mapping[str, Mapping[str, Any]],
    config: Mapping[str, Any],
) -> SweepSection | None:
    """Return the section of a sweep; None where there was none.

    Args:
        suite: its name.
        best: of one objective.
        pareto: of two objectives.
        verdicts: by claim.
        config: with which the records were made, as the provenance has it.
    """
    shown = best or pareto
    if shown is None:
        return None
    figures = [
        figure_section(suite, make, best)
        for make in (error_against_hyperparameter, optimization_history)
        if best
    ]
    figures += [figure_section(suite, pareto_fronts, pareto)] if pareto else []
    return SweepSection(
        statement=_statement(shown, config),
        warnings=tuple(_warnings(best, config)),
        search=tuple(_search(shown)),
        arms=_arms(shown),
        figures=tuple(figure for figure in figures if figure.svg is not None or figure.note),
        pairs=tuple(pairs(verdicts)),
    )


def _statement(found: Studies, config: Mapping[str, Any]) -> str:
    n_val = config.get("n_val")
    examples = f"{n_val} validation examples" if n_val else "validation examples"
    return (
        f"Winners were chosen on {examples} of networks with sweep seeds ({_listed(found.seeds)}), none of which is a "
        "seed of a verdict, and never on test examples. Data without a published split are divided anew for every "
        "seed, so that an example may validate one network and test another."
    )


def _warnings(best: Studies | None, config: Mapping[str, Any]) -> list[str]:
    """Return in words what a reader must know before trusting the tuned arm."""
    found = []
    shared = sorted(set(best.seeds if best else ()) & set(config.get("seeds") or ()))
    if shared:
        found.append(
            f"Sweep seeds {_listed(shared)} are seeds of verdicts, too: tuned and tested on the same draws."
        )
    used = {(str(arm), str(name)): float(value) for arm, name, value in config.get("tuned") or ()}
    won = {
        (study.arm, name): at
        for study in (best.studies if best else ())
        for name, at in _best_point(study).items()
    }
    if used and won and used != won:
        found.append("The records were made with other winners than these: run the suite again.")
    if won and config and not used:
        found.append("The records have no tuned arm: they were made without these winners.")
    found.extend(text for study in (best.studies if best else ()) for text in _at_the_ends(study))
    return found


def _at_the_ends(study: Study) -> Iterator[str]:
    for name, at in _best_point(study).items():
        low, high, is_log = study.space[name]
        scale = math.log if is_log else float
        share = (scale(at) - scale(low)) / (scale(high) - scale(low))
        if share > 1 - near_end or (share < near_end and low > 0):  # nothing lies below a momentum of 0
            yield (
                f"The winner of {study.arm} lies at an end of what was searched ({name.replace('_', ' ')} {at:.3g}, "
                f"from {low:g} to {high:g}): the best may lie beyond."
            )


def _best_point(study: Study) -> Mapping[str, float]:
    best = study.trial(study.best)
    return best.point if best else {}


def _search(found: Studies) -> list[tuple[str, str]]:
    spaces = {name: span for study in found.studies for name, span in study.space.items()}
    budget = f"{found.n_trials} trials for each of {len(found.studies)} arms, {found.batch} asked at a time"
    minimized = f"{' and '.join(_objectives(found))}, mean over the sweep seeds"
    return [
        ("searched", "; ".join(_span(name, *span) for name, span in spaces.items())),
        ("budget", f"{budget}, each on {len(found.seeds)} seeds"),
        ("minimized", f"{minimized}; a network that fails counts as an error of 1"),
        ("sampler", _named(found.sampler)),
        ("pruner", _named(found.pruner)),
        ("Optuna", found.optuna),
    ]


def _objectives(found: Studies) -> list[str]:
    names = dict.fromkeys(name for study in found.studies for trial in study.trials for name in trial.values)
    every = [found.objective, *(name for name in names if name not in ("value", found.objective))]
    return [name.replace("val_error", "validation error").replace("_", " ") for name in every]


def _span(name: str, low: float, high: float, is_log: bool) -> str:
    return f"{name.replace('_', ' ')} from {low:g} to {high:g}{', by its logarithm' if is_log else ''}"


def _named(settings: Mapping[str, Any]) -> str:
    if not settings:
        return "none"
    rest = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in settings.items() if name != "name"
    )
    return f"{settings.get('name', '')}{f' ({rest})' if rest else ''}"


def _arms(found: Studies) -> Table:
    rows = [_arm_row(study) for study in found.studies]
    columns = (
        "arm",
        "default",
        "its error (%)",
        "winner",
        "its error (%)",
        "trials",
        "pruned",
        "failed",
        "importance (PED-ANOVA)",
    )
    return table("What won in every arm", columns, rows)


def _arm_row(study: Study) -> tuple[Any, ...]:
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


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))
