"""The sweep of a suite: how it searched, what was best, and how much the claims depend on it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.figures.drawing import FigureSection, figure_section
from benchmark.report.pages.sensitivity import Pair, pairs
from benchmark.report.pages.study_figures import (
    error_against_hyperparameter,
    optimization_history,
    pareto_fronts,
)
from benchmark.report.pages.sweep_arms import arms_table
from benchmark.report.pages.sweep_studies import Studies, Study
from benchmark.report.words.html_table import Table
from benchmark.stats.claim import Claim
from benchmark.suite.gain import in_words, least_errors, least_seeds

near_end = 0.05  # of a searched range
method = (
    "error of the default minus that of the best point, paired seed by seed, ± the standard error of the mean. The "
    f"best point is in force where its gain is above {least_errors:g} standard errors, on at least {least_seeds} "
    "seeds; else the default is, and the tuned arm is the fixed one. As the best point is the best of all that was "
    "tried, even a clear gain flatters it"
)


@dataclass(frozen=True, kw_only=True)
class SweepSection:
    """A sweep as the templates show it.

    Attributes:
        warnings: what is wrong with it.
        search: (what, how) in words.
        kept: for every arm that kept its default, why.
        same: in how many arms tuned and fixed are the same networks, for the reader of `pairs`; "" if in none.
    """

    statement: str
    warnings: tuple[str, ...]
    search: tuple[tuple[str, str], ...]
    arms: Table
    figures: tuple[FigureSection, ...]
    kept: tuple[str, ...]
    same: str
    pairs: tuple[Pair, ...]


def sweep_section(
    suite: str,
    *,
    best: Studies | None,
    pareto: Studies | None,
    claims: Sequence[Claim],
    verdicts: Mapping[str, Mapping[str, Any]],
    provenance: Mapping[str, Any],
) -> SweepSection | None:
    """Return the section of a sweep; None where there was none.

    Args:
        suite: its name.
        best: of one objective.
        pareto: of two objectives.
        claims: of the suite.
        verdicts: by claim.
        provenance: of the records.
    """
    shown = best or pareto
    if shown is None:
        return None
    config = provenance.get("config") or {}
    figures = [
        figure_section(suite, make, best)
        for make in (error_against_hyperparameter, optimization_history)
        if best
    ]
    figures += [figure_section(suite, pareto_fronts, pareto)] if pareto else []
    return SweepSection(
        statement=_statement(shown, config),
        warnings=(*_warnings(best, config), *_other_questions(best, pareto, provenance)),
        search=tuple(_search(shown)),
        arms=arms_table(shown),
        figures=tuple(figure for figure in figures if figure.svg is not None or figure.note),
        kept=tuple(_kept(best)) if best else (),
        same=_same(best) if best else "",
        pairs=tuple(pairs(claims, verdicts)),
    )


def _kept(best: Studies) -> Iterator[str]:
    for study in best.studies:
        if study.choice is not None and study.choice.keeps_default:
            yield f"{study.arm} {in_words(study.choice)}"


def _same(best: Studies) -> str:
    n_kept, n = len(list(_kept(best))), len(best.studies)
    if not n_kept:
        return ""
    return (
        f"In {n_kept} of {n} arms the default was kept, so that the tuned networks there are the fixed ones: a claim "
        "about no other arms has the same verdict twice."
    )


def _statement(found: Studies, config: Mapping[str, Any]) -> str:
    n_val = config.get("n_val")
    examples = f"{n_val} validation examples" if n_val else "validation examples"
    return (
        f"Points were chosen on {examples} of networks with sweep seeds ({_listed(found.seeds)}), none of which is a "
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
    in_force = {
        (study.arm, name): at
        for study in (best.studies if best else ())
        for name, at in _in_force(study).items()
    }
    if used and in_force and used != in_force:
        found.append("The records were made with other points than those in force here: run the suite again.")
    if in_force and config and not used:
        found.append("The records have no tuned arm: they were made without this sweep.")
    found.extend(text for study in (best.studies if best else ()) for text in _at_the_ends(study))
    return found


def _other_questions(
    best: Studies | None, pareto: Studies | None, provenance: Mapping[str, Any]
) -> Iterator[str]:
    """Yield in words which sweeps are not of the profile of the records, or of the same question."""
    of_records = str(provenance.get("profile", ""))
    for name, found in (("best.json", best), ("pareto.json", pareto)):
        if found and found.profile and of_records and found.profile != of_records:
            yield f"{name} is of the profile {found.profile}, the records are of {of_records}: run the sweep again."
    if best and pareto and best.asked != pareto.asked:
        yield (
            "pareto.json answers another question than best.json (other cells, ranges, seeds, or number of trials): "
            "run the sweep of two objectives again."
        )


def _at_the_ends(study: Study) -> Iterator[str]:
    for name, at in _in_force(study).items():
        low, high, is_log = study.space[name]
        scale = math.log if is_log else float
        share = (scale(at) - scale(low)) / (scale(high) - scale(low))
        if share > 1 - near_end or (share < near_end and low > 0):  # nothing lies below a momentum of 0
            yield (
                f"The point in force in {study.arm} lies at an end of what was searched "
                f"({name.replace('_', ' ')} {at:.3g}, from {low:g} to {high:g}): the best may lie beyond."
            )


def _in_force(study: Study) -> Mapping[str, float]:
    chosen = study.in_force
    return chosen.point if chosen else {}


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
        ("gain", method),
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


def _listed(seeds: Sequence[int]) -> str:
    return ", ".join(map(str, seeds))
