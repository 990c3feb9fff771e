"""The sweep of a suite and the matrices of definitions on its page."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.text import Text

from benchmark.report.figures import legend, titles
from benchmark.report.figures.drawing import FigureSection
from benchmark.report.figures.shows import claims_shown, is_shown, shows
from benchmark.report.figures.theme import theme
from benchmark.report.pages import claim_section, study_figures
from benchmark.report.pages.matrix_section import matrix_section
from benchmark.report.pages.sensitivity import pairs
from benchmark.report.pages.sweep_section import sweep_section
from benchmark.report.pages.sweep_studies import Studies, Study, Trial, studies_of
from benchmark.stats.claim import Claim
from benchmark.stats.reduce import kendall_tau
from benchmark.stats.table import Effect, greater
from benchmark.suite.folder import SuiteFolder, available, find
from benchmark.suite.gain import choice
from tests import root
from tests.mutants import Mutant, red_with
from tests.report import synthetic
from tests.report.test_page import Tags, read, report

config = {"seeds": [0, 1], "n_val": 100, "tuned": [["batch_size=8", "lr", 0.03]]}


def found(tmp_path: Path, *, two: bool = False) -> Studies:
    synthetic.put_sweep(tmp_path, "one", two=two)
    name = "pareto.json" if two else "best.json"
    studies = studies_of(json.loads((tmp_path / "results" / "one" / name).read_text()))
    assert studies is not None
    return studies


def section(best: Studies | None, pareto: Studies | None = None, **changes: Any) -> Any:
    provenance = {"profile": "ci", "config": config | changes}
    return sweep_section("one", best=best, pareto=pareto, claims=(), verdicts={}, provenance=provenance)


def test_a_sweep_says_how_it_searched_and_what_won(tmp_path: Path) -> None:
    made = section(found(tmp_path), found(tmp_path, two=True))
    assert "100 validation examples" in made.statement and "1000000, 1000001" in made.statement
    assert dict(made.search)["searched"] == "lr from 0.01 to 1, by its logarithm"
    assert [item.text for item in made.arms.rows[0]] == [
        "batch_size=8", "lr 0.1", "5.00", "lr 0.03", "2.00", "3.00 ± 0", "best point", "4", "1", "1 diverged", "lr 1.0"
    ]  # fmt: skip
    assert [figure.title for figure in made.figures] == [
        "Validation error against the hyperparameter", "How the search went on", "Error and sharpness together"
    ]  # fmt: skip
    assert all(figure.svg for figure in made.figures) and not made.warnings


def arm(default: Sequence[float], best: Sequence[float]) -> Study:
    """A study of a default and one other trial, which is the best, with their errors by seed."""
    tried = [
        {"number": number, "state": "complete", "point": {"lr": 0.1 + 0.2 * number},
         "by_seed": [{"seed": seed, "val_error": error} for seed, error in enumerate(errors)]}
        for number, errors in enumerate((default, best))
    ]  # fmt: skip
    return Study(
        arm=f"of {len(default)} seeds",
        space={"lr": (0.01, 1.0, True)},
        default={"lr": 0.1},
        best=1,
        importances={},
        trials=tuple(Trial(**one, values={}) for one in tried),  # type: ignore[arg-type]
        choice=choice(tried, best=1),
    )


def test_a_page_says_which_arms_kept_their_default_and_why(tmp_path: Path) -> None:
    made = found(tmp_path)
    torn = arm([0.1, 0.1, 0.1, 0.2], [0.1, 0.1, 0.1, 0.1])
    both = section(replace(made, studies=(*made.studies, torn)))
    (why,) = both.kept
    words = "kept the default: the best point's gain 0.025 ± 0.025 is not above two standard errors"
    assert why == f"of 4 seeds {words}"
    assert [row[6].text for row in both.arms.rows] == ["best point", "default"]
    assert both.same.startswith("In 1 of 2 arms the default was kept")
    (few,) = section(replace(made, studies=(arm([0.5, 0.5], [0.1, 0.1]),))).kept
    assert "takes at least 4 sweep seeds, and the best point shares 2 with it" in few
    moved = section(replace(made, studies=made.studies[:1]))
    assert not moved.kept and not moved.same
    assert "paired seed by seed" in dict(both.search)["gain"]


def test_a_sweep_from_before_gains_were_judged_is_read_as_it_was_used(tmp_path: Path) -> None:
    synthetic.put_sweep(tmp_path, "one")
    content = json.loads((tmp_path / "results" / "one" / "best.json").read_text())
    for name in ("gain", "standard_error", "chosen", "reason"):
        del content["studies"]["batch_size=8"][name]
    old = studies_of(content)
    assert old is not None
    made = section(old)
    assert not made.warnings and not made.kept  # the records have the best point, which was in force
    assert [item.text for item in made.arms.rows[0]][3:7] == ["lr 0.03", "2.00", "3.00 ± 0", "best point"]


def test_what_was_kept_stands_above_the_claims_fixed_beside_tuned(tmp_path: Path) -> None:
    folder = with_tuned(tmp_path)
    text = " ".join(Tags(report(tmp_path, folder)).text.split())
    words = "In 1 of 1 arms the default was kept"
    assert "batch_size=8 kept the default: the best point's gain" in text
    assert text.count(words) == 1 and text.index(words) < text.index("Do the claims depend")
    twin = read(tmp_path, "index.md")
    assert twin.index(words) < twin.index("fixed: reproduced")
    again = f"{synthetic.name} && lossbench judge {synthetic.name}`"
    assert f"Again: `lossbench run {again}" in twin
    first = f"lossbench sweep {synthetic.name} && lossbench run {again}"
    assert f"Again, with tuned hyperparameters: `{first}" in twin


tuned_claim = """
import dataclasses
claims += (dataclasses.replace(claims[1], id="S1.C1-digits-tuned", tuned_of="S1.C1-digits"),)
"""


def with_tuned(root: Path) -> SuiteFolder:
    """Lay out a suite with a sweep and one claim that was decided under its winner, too."""
    _, folder = synthetic.finished(root)
    judged = synthetic.verdicts()
    judged["S1.C1-digits-tuned"] = judged["S1.C1-digits"] | {"claim": "S1.C1-digits-tuned"}
    origin = synthetic.provenance()
    origin["config"] |= {"n_val": 100}
    synthetic.put_results(root, folder.name, synthetic.rows(), judged, origin)
    synthetic.put_sweep(root, folder.name, is_clear=False)
    with (folder.path / "claims.py").open("a") as claims:
        claims.write(tuned_claim)
    return SuiteFolder(path=folder.path)


@pytest.mark.parametrize(
    ("changes", "n_warnings"),
    [
        ({}, 0),
        ({"asked": "1" * 16}, 1),
        ({"profile": "full"}, 1),
        ({"profile": "full", "asked": "1" * 16}, 2),
    ],
)
def test_a_sweep_of_two_objectives_that_answers_another_question_is_told(
    changes: dict[str, str], n_warnings: int, tmp_path: Path
) -> None:
    two = replace(found(tmp_path, two=True), **changes)  # type: ignore[arg-type]
    told = section(found(tmp_path), two).warnings
    assert len(told) == n_warnings and all(text.startswith("pareto.json") for text in told)
    assert ("of the profile full, the records are of ci" in " ".join(told)) == ("profile" in changes)


def test_no_sweep_is_no_section(tmp_path: Path) -> None:
    assert studies_of({"studies": {}}) is None and section(None) is None
    _, folder = synthetic.finished(tmp_path)
    (tmp_path / "results" / folder.name / "best.json").write_text('{"suite": "x", "studies": {}}')
    assert "Sweep" not in Tags(report(tmp_path, folder)).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": [0, 1_000_001]}, "seeds of verdicts, too"),
        ({"tuned": [["batch_size=8", "lr", 0.1]]}, "other points than those in force"),
        ({"tuned": []}, "no tuned arm"),
    ],
)
def test_winners_that_cannot_be_trusted_are_told(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    (warning,) = section(found(tmp_path), **changes).warnings
    assert words in warning


@pytest.mark.parametrize(
    ("lr", "is_log", "n_warnings"),
    [(0.95, True, 1), (0.7, True, 0), (0.011, True, 1), (0.03, True, 0), (0.97, False, 1), (0.1, False, 0)],
)
def test_a_point_in_force_at_an_end_of_its_range_is_told(
    lr: float, is_log: bool, n_warnings: int, tmp_path: Path
) -> None:
    made = found(tmp_path)
    (study, *_) = made.studies
    best = study.trial(study.best)
    assert best is not None
    moved = replace(
        study,
        space={"lr": (0.01, 1.0, is_log)},
        trials=tuple(replace(one, point={"lr": lr}) if one is best else one for one in study.trials),
    )
    told = section(replace(made, studies=(moved,)), tuned=[[study.arm, "lr", lr]]).warnings
    assert len(told) == n_warnings
    assert all(
        f"The point in force in {study.arm} lies at an end" in text and f"lr {lr:g}" in text for text in told
    )


def test_nothing_lies_below_a_range_from_0(tmp_path: Path) -> None:
    made = found(tmp_path)
    (study, *_) = made.studies
    moved = replace(study, space={"lr": (0.0, 1.0, False)})
    assert not section(replace(made, studies=(moved,))).warnings


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


def test_a_claim_stands_fixed_beside_tuned() -> None:
    good, bad = {"outcome": "reproduced"}, {"outcome": "contradicted"}
    absent = {"outcome": "not_run"}
    judged = {"a": good, "a-tuned": bad, "b": good, "c": absent, "c-tuned": absent}
    claims = [
        claim("a-tuned", tuned_of="a"),
        claim("b"),
        claim("c-tuned", tuned_of="c"),
        claim("d", tuned_of="b"),
    ]
    assert [(pair.id, pair.fixed.outcome, pair.tuned.outcome) for pair in pairs(claims, judged)] == [
        ("a", "reproduced", "contradicted")
    ]


def test_a_matrix_counts_in_how_many_definitions_a_claim_holds(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    synthetic.put_matrix(
        tmp_path, folder.name, "S1.C1-digits", rows=("top", "trace"), columns=("fixed", "tuned")
    )
    text = " ".join(Tags(report(tmp_path, folder)).text.split())
    assert "It holds in 3 of 3 definitions. 1 definition has no records." in text
    assert "It holds in 3 of 3 definitions" in read(tmp_path, "index.md")
    table = pd.read_csv(tmp_path / "reports" / "latest" / "matrices.csv")
    assert list(table["outcome"]) == ["not_run", *["reproduced"] * 3] and set(table["claim"]) == {
        "S1.C1-digits"
    }


def test_a_matrix_with_holes_is_shown() -> None:
    made = matrix_section(
        {"rows": ["a", "b"], "columns": ["x"], "cells": {"a": {"x": {"outcome": "contradicted"}}}}
    )
    assert made is not None
    assert (
        made.sentence == "It holds in 0 of 1 definition, is contradicted in 1. 1 definition has no records."
    )
    assert matrix_section(None) is None and matrix_section({"rows": []}) is None


def test_trials_are_a_table_with_a_row_for_every_seed(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    synthetic.put_sweep(tmp_path, folder.name)
    synthetic.put_sweep(tmp_path, folder.name, two=True)
    report(tmp_path, folder)
    table = pd.read_csv(tmp_path / "reports" / "latest" / "trials.csv")
    assert list(table["sweep"]) == ["best"] * 13 + ["pareto"] * 13
    assert set(table["point.lr"]) == {0.1, 0.03, 0.3, 0.9} and table["of_seed.val_error"].notna().all()


def claim(name: str, **relations: str) -> Claim:
    legs = (greater(kendall_tau("x", factor="y"), Effect(0.2, "tau")),)
    return Claim(id=name, statement="s", source="s", legs=legs, **relations)  # type: ignore[arg-type]


own, on_digits, on_tuned = (
    claim("S1.C1"),
    claim("S1.C1-digits", of="S1.C1"),
    claim("S1.C1-digits-tuned", of="S1.C1", tuned_of="S1.C1-digits"),
)


@red_with(Mutant(is_shown, "claim.of in names", "claim.id.startswith(names)"))
def test_a_figure_names_a_claim_with_its_analogues() -> None:
    @shows("S1.C1")
    def figure() -> None: ...

    assert claims_shown(figure) == ("S1.C1",) and claims_shown(lambda: None) == ()
    others = (claim("S1.C10"), claim("S1.C10-digits", of="S1.C10"), claim("S10.C1"), claim("S1.C1-alike"))
    shown = [one.id for one in (own, on_digits, on_tuned, *others) if is_shown(one, ("S1.C1",))]
    assert shown == ["S1.C1", "S1.C1-digits"]
    assert is_shown(on_tuned, ("S1.C1-digits-tuned",))


def test_a_tuned_claim_leads_to_the_figure_of_the_fixed_arm_and_says_so() -> None:
    drawn = FigureSection(
        name="a", anchor="a", title="Sharpness", caption="", svg=Markup("<svg/>"), shows=("S1.C1",)
    )
    claims = {one.id: one for one in (own, on_digits, on_tuned)}
    assert claim_section._figures("S1.C1-digits", claims, [drawn]) == (("Sharpness", "a"),)
    assert claim_section._figures("S1.C1-digits-tuned", claims, [drawn]) == (("Sharpness (fixed arm)", "a"),)
    of_its_own = replace(drawn, shows=("S1.C1-digits-tuned",))
    assert claim_section._figures("S1.C1-digits-tuned", claims, [of_its_own]) == (("Sharpness", "a"),)


def test_a_tuned_verdict_is_reached_again_by_a_sweep_first() -> None:
    again = claim_section.again("lossbench run one --profile small", "one", is_tuned=True)
    assert again == (
        "lossbench sweep one --profile small && lossbench run one --profile small && lossbench judge one"
    )
    assert claim_section.again("lossbench run one", "one", is_tuned=False).startswith("lossbench run")


suites = root / "suites"


@pytest.mark.parametrize("name", available(suites))
def test_every_name_on_a_figure_is_that_of_a_claim(name: str) -> None:
    folder = find(name, suites)
    for function in folder.figures:
        for shown in claims_shown(function):
            assert any(is_shown(one, (shown,)) for one in folder.claims), (function.__name__, shown)
