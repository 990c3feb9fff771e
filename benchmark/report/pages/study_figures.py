"""The figures of a sweep: where the points lie, how the search went on, and what cannot be had together."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from benchmark.report.figures.legend import legend_below
from benchmark.report.figures.seeds import faint
from benchmark.report.figures.theme import ink, log_axis, muted, ordered_colors, series, wide
from benchmark.report.figures.titles import entitle
from benchmark.report.pages.sweep_studies import Studies, Study, Trial

most_columns, row_height = 4, 2.5
spread_of_logs = 5.0  # times the least error; beyond that one that failed would press all others together
tried, default, best_color, gone = series[0], ink, series[1], muted


def error_against_hyperparameter(found: Studies) -> Figure | None:
    """Validation error against the hyperparameter.

    A panel for every arm. Dots are trials, the mean over sweep seeds; faint dots are single seeds. The square is the
    default, the star the best point, open where the default was kept. Open dots were pruned after fewer seeds, and
    crosses are trials in which a seed failed, which counts as an error of 100 %.
    """
    panels = [(study, name) for study in found.studies for name in study.space]
    if not panels:
        return None
    figure, grid = _grid(len(panels))
    short = short_names([study.arm for study in found.studies])
    for axes, (study, name) in zip(grid, panels, strict=False):
        _draw_trials(axes, study, name)
        axes.set_xlabel(name.replace("_", " "))
    _scale_errors(grid[: len(panels)], [trial for study in found.studies for trial in study.trials])
    for row in range(0, len(panels), most_columns):
        grid[row].set_ylabel("validation error (%)")
    legend_below(figure, n_columns=5)
    entitle(figure, dict(zip(grid, [short[study.arm] for study, _ in panels], strict=False)))
    return figure


def optimization_history(found: Studies) -> Figure | None:
    """How the search went on.

    The least validation error so far, over the trials in the order in which they were asked, one line for each arm. The
    first trial is the default. A line that still falls at its end suggests that more trials may find a better point.
    """
    studies = [study for study in found.studies if study.trials]
    if not studies:
        return None
    figure = Figure(figsize=(wide, 3.2))
    axes = figure.subplots()
    short = short_names([study.arm for study in studies])
    for study, color in zip(studies, ordered_colors(len(studies)), strict=True):
        errors = [_percent(trial) if trial.state == "complete" else math.inf for trial in study.trials]
        best = np.minimum.accumulate(errors)
        places = [trial.number for trial in study.trials]
        shown = [value if math.isfinite(value) else math.nan for value in best]
        axes.step(places, shown, where="post", color=color, label=short[study.arm])
        axes.plot(places, shown, linestyle="none", marker="o", markersize=3.5, color=color)
    axes.set(xlabel="trial", ylabel="least validation error so far (%)", ylim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure)
    return figure


def pareto_fronts(found: Studies) -> Figure | None:
    """Error and sharpness together.

    Every dot is a trial, and the line joins those that no other beats in both: moving along it, the one is paid for
    with the other. The square is the default.
    """
    names = list(dict.fromkeys(name for study in found.studies for t in study.trials for name in t.values))
    sharpness = [name for name in names if name != found.objective]
    panels = [study for study in found.studies if study.front]
    if not sharpness or not panels:
        return None
    figure, grid = _grid(len(panels))
    short = short_names([study.arm for study in panels])
    for axes, study in zip(grid, panels, strict=False):
        _draw_front(axes, study, found.objective, sharpness[0])
        axes.set_xlabel("validation error (%)")
    for row in range(0, len(panels), most_columns):
        grid[row].set_ylabel(sharpness[0].partition("[")[0].replace("_", " "))
    legend_below(figure)
    entitle(figure, dict(zip(grid, [short[study.arm] for study in panels], strict=False)))
    return figure


def short_names(arms: Sequence[str]) -> dict[str, str]:
    """Return `depth 4, skips with` for `network=mlp depth=4 skips=with`, where all arms are of network=mlp."""
    words = {arm: arm.split(" ") for arm in arms}
    shared = set.intersection(*map(set, words.values())) if len(words) > 1 else set()
    return {
        arm: ", ".join(word.replace("=", " ").replace("_", " ") for word in found if word not in shared)
        for arm, found in words.items()
    }


def _grid(n: int) -> tuple[Figure, list[Axes]]:
    """Return a figure with n panels on one y axis, row by row."""
    n_columns = min(n, most_columns)
    n_rows = -(-n // n_columns)
    figure = Figure(figsize=(wide, row_height * n_rows + 0.4))
    panels = list(figure.subplots(n_rows, n_columns, sharey=True, squeeze=False).flat)
    for axes in panels[n:]:
        axes.set_visible(False)
    return figure, panels


def _draw_trials(axes: Axes, study: Study, name: str) -> None:
    low, high, is_log = study.space[name]
    for trial in study.trials:
        _draw_trial(axes, trial, name)
    first, best = study.tried_default, study.trial(study.best)
    if first is not None:
        _mark(axes, first, name, marker="s", size=9, color=default, label="default", is_open=True)
    if best is not None:
        kept = study.choice is not None and study.choice.keeps_default
        label = "best point, default kept" if kept else "best point, in force"
        _mark(axes, best, name, marker="*", size=12, color=best_color, label=label, is_open=kept)
    if is_log:
        margin = (high / low) ** 0.08
        axes.set_xlim(low / margin, high * margin)
        log_axis(axes, "x", ticks=_few_ticks(low / margin, high * margin))
    else:
        margin = 0.08 * (high - low)  # a mark on the edge is seen whole
        axes.set_xlim(low - margin, high + margin)


def _few_ticks(low: float, high: float) -> list[float]:
    """Return the powers of ten inside the limits, finer steps where those are few: a panel has room for four labels."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        inside = [
            tick for decade in decades for step in steps if low <= (tick := step * 10.0**decade) <= high
        ]
        if len(inside) >= 2:
            return inside
    return [float(f"{math.sqrt(low * high):.2g}")]


def _scale_errors(panels: Sequence[Axes], trials: Sequence[Trial]) -> None:
    """Make the shared axis of errors logarithmic where they differ much, and let it begin at 0 where they do not."""
    errors = [_percent(trial) for trial in trials if trial.values]
    if errors and min(errors) > 0 and max(errors) > spread_of_logs * min(errors):
        for axes in panels:
            log_axis(axes, "y")
    else:
        panels[0].set_ylim(0, None)


def _draw_trial(axes: Axes, trial: Trial, name: str) -> None:
    if not trial.values or name not in trial.point:
        return
    at = trial.point[name]
    seeds = [100 * float(seed["val_error"]) for seed in trial.by_seed if seed.get("val_error") is not None]
    axes.plot([at] * len(seeds), seeds, linestyle="none", marker=".", markersize=4, color=tried, alpha=faint)
    marker, color, fill, label = "o", tried, "full", "trial"
    if trial.failure:
        marker, color, label = "x", gone, "a seed failed"
    elif trial.state == "pruned":
        color, fill, label = gone, "none", "pruned"
    axes.plot(
        [at], [_percent(trial)], linestyle="none", marker=marker, color=color, fillstyle=fill, markersize=5, label=label
    )  # fmt: skip


def _mark(axes: Axes, trial: Trial, name: str, *, marker: str, size: float, color: str, label: str,
          is_open: bool) -> None:  # fmt: skip
    if trial.values and name in trial.point:
        axes.plot(
            [trial.point[name]], [_percent(trial)], linestyle="none", marker=marker, markersize=size, color=color,
            fillstyle="none" if is_open else "full", zorder=4, label=label,
        )  # fmt: skip


def _draw_front(axes: Axes, study: Study, error: str, sharpness: str) -> None:
    known = [trial for trial in study.trials if {error, sharpness} <= set(trial.values)]
    places = {trial.number: (100 * trial.values[error], trial.values[sharpness]) for trial in known}
    _scatter(axes, list(places.values()), color=gone, label="trial")
    front = sorted(places[number] for number in study.front if number in places)
    if front:
        axes.plot(*zip(*front, strict=True), marker="o", markersize=5, color=tried, label="front")
    first = study.tried_default
    if first is not None and first.number in places:
        x, y = places[first.number]
        axes.plot(
            [x], [y], linestyle="none", marker="s", markersize=9, color=default, fillstyle="none", label="default"
        )  # fmt: skip
    if places and min(y for _, y in places.values()) > 0:
        log_axis(axes, "y")


def _scatter(axes: Axes, points: Sequence[tuple[float, float]], *, color: str, label: str) -> None:
    if points:
        xs, ys = zip(*points, strict=True)
        axes.plot(xs, ys, linestyle="none", marker="o", markersize=4, color=color, label=label)


def _percent(trial: Trial) -> float:
    """Return the error of a trial in per cent, the worst where it has none."""
    return 100 * next(iter(trial.values.values()), 1.0)
