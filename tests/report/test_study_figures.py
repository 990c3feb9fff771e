"""Figures of a sweep."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from benchmark.report.figures import legend, titles
from benchmark.report.figures.theme import theme
from benchmark.report.pages import study_figures
from benchmark.report.pages.sweep_studies import studies_of
from tests.mutants import Mutant, red_with
from tests.report.synthetic_sweep import found


@red_with(Mutant(study_figures.optimization_history, 'trial.state == "complete"', "True"))
def test_the_history_falls_over_completed_trials_only(tmp_path: Path) -> None:
    studies = found(tmp_path)
    best = dict(json.loads((tmp_path / "results" / "one" / "best.json").read_text()))
    best["studies"]["batch_size=8"]["trials"][2]["value"] = 0.001  # pruned: after one seed, and so no winner
    made = studies_of(best)
    assert made is not None and studies is not None
    with theme():
        figure = study_figures.optimization_history(made)
    assert figure is not None
    assert list(figure.axes[0].lines[0].get_ydata()) == pytest.approx([5.0, 2.0, 2.0, 2.0])  # type: ignore[arg-type]


def test_default_and_best_point_are_marked_where_they_lie(tmp_path: Path) -> None:
    with theme():
        figure = study_figures.error_against_hyperparameter(found(tmp_path))
    assert figure is not None
    axes = figure.axes[0]
    marks = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}  # type: ignore[union-attr]
    assert marks["default"] == [[0.1, 5.0]] and marks["best point, in force"] == [[0.03, 2.0]]
    assert marks["pruned"] == [[0.3, 9.0]] and marks["a seed failed"] == [[0.9, 100.0]]
    assert axes.get_xscale() == axes.get_yscale() == "log"


def test_names_of_arms_say_what_tells_them_apart() -> None:
    arms = ["network=mlp depth=4 skips=with", "network=mlp depth=16 skips=with_more"]
    assert list(study_figures.short_names(arms).values()) == [
        "depth 4, skips with",
        "depth 16, skips with more",
    ]
    assert study_figures.short_names(["network=mlp"]) == {"network=mlp": "network mlp"}


@red_with(
    Mutant(legend._fitting, "<= n_characters", "> 0"),
    Mutant(titles.wrapped, "text_width(part, font) <= width", "True"),
    Mutant(study_figures._few_ticks, "((1,), (1, 3), (1, 2, 5))", "((1, 3), (1, 2, 5))"),
)
def test_long_names_and_ticks_stay_inside_the_figure_and_clear_of_each_other(tmp_path: Path) -> None:
    (study, *_) = found(tmp_path).studies
    names = [f"network=mlp depth={depth} skips={skips}" for depth in (4, 16) for skips in ("with", "without")]
    wide = {"lr": (0.0025, 0.25, True)}
    every = replace(found(tmp_path), studies=tuple(replace(study, arm=name, space=wide) for name in names))
    for make in (study_figures.error_against_hyperparameter, study_figures.optimization_history):
        with theme():
            figure = make(every)
            assert figure is not None
            figure.draw_without_rendering()
            above = [axes.title for axes in figure.axes] + [axes._left_title for axes in figure.axes]  # type: ignore[attr-defined]
            ticks = [
                text for axes in figure.axes for text in axes.get_xticklabels() if _is_in_sight(axes, text)
            ]
            for texts in ([text for text in above if text.get_text()], ticks):
                boxes = [text.get_window_extent().padded(2) for text in texts]  # a gap between neighbours
                assert not any(one.overlaps(two) for one, two in itertools.combinations(boxes, 2))
                assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
            (below,) = figure.legends
            assert below.get_window_extent().width <= figure.bbox.width


def _is_in_sight(axes: Axes, tick: Text) -> bool:
    low, high = axes.get_xlim()
    return low <= tick.get_position()[0] <= high


def test_a_mark_on_the_edge_of_a_linear_range_is_seen_whole(tmp_path: Path) -> None:
    made = found(tmp_path)
    (study, *_) = made.studies
    moved = replace(study, space={"lr": (0.1, 0.9, False)})
    with theme():
        figure = study_figures.error_against_hyperparameter(replace(made, studies=(moved,)))
    assert figure is not None
    low, high = figure.axes[0].get_xlim()
    assert low < 0.1 and high > 0.9


def test_the_front_leaves_out_what_has_no_sharpness(tmp_path: Path) -> None:
    with theme():
        figure = study_figures.pareto_fronts(found(tmp_path, two=True))
    assert figure is not None
    lines = {line.get_label(): line.get_xydata().tolist() for line in figure.axes[0].lines}  # type: ignore[union-attr]
    assert lines["front"] == [[2.0, pytest.approx(1 / 0.03)], [5.0, pytest.approx(10.0)]]
    assert len(lines["trial"]) == 3
