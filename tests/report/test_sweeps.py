"""The sweep of a suite and the matrices of definitions on its page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.report import study_figures
from benchmark.report.figure import theme
from benchmark.report.matrix_section import matrix_section
from benchmark.report.sensitivity import pairs
from benchmark.report.shows import claims_shown, is_shown, shows
from benchmark.report.studies import Studies, studies_of
from benchmark.report.sweep_section import sweep_section
from benchmark.suite import available, find
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
    return sweep_section("one", best=best, pareto=pareto, verdicts={}, config=config | changes)


def test_a_sweep_says_how_it_searched_and_what_won(tmp_path: Path) -> None:
    made = section(found(tmp_path), found(tmp_path, two=True))
    assert "100 validation examples" in made.statement and "1000000, 1000001" in made.statement
    assert dict(made.search)["searched"] == "lr from 0.01 to 1, by its logarithm"
    assert [item.text for item in made.arms.rows[0]] == [
        "batch_size=8", "lr 0.1", "5.00", "lr 0.03", "2.00", "4", "1", "1 diverged", "lr 1.0"
    ]  # fmt: skip
    assert [figure.title for figure in made.figures] == [
        "Validation error against the hyperparameter", "How the search went on", "Error and sharpness together"
    ]  # fmt: skip
    assert all(figure.svg for figure in made.figures) and not made.warnings


def test_no_sweep_is_no_section(tmp_path: Path) -> None:
    assert studies_of({"studies": {}}) is None and section(None) is None
    _, folder = synthetic.finished(tmp_path)
    (tmp_path / "results" / folder.name / "best.json").write_text('{"suite": "x", "studies": {}}')
    assert "Sweep" not in Tags(report(tmp_path, folder)).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": [0, 1_000_001]}, "seeds of verdicts, too"),
        ({"tuned": [["batch_size=8", "lr", 0.1]]}, "other winners"),
        ({"tuned": []}, "no tuned arm"),
    ],
)
def test_winners_that_cannot_be_trusted_are_told(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    (warning,) = section(found(tmp_path), **changes).warnings
    assert words in warning


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


def test_default_and_winner_are_marked_where_they_lie(tmp_path: Path) -> None:
    with theme():
        figure = study_figures.error_against_hyperparameter(found(tmp_path))
    assert figure is not None
    axes = figure.axes[0]
    marks = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}  # type: ignore[union-attr]
    assert marks["default"] == [[0.1, 5.0]] and marks["winner"] == [[0.03, 2.0]]
    assert marks["pruned"] == [[0.3, 9.0]] and marks["a seed failed"] == [[0.9, 100.0]]
    assert axes.get_xscale() == axes.get_yscale() == "log"


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
    assert [(pair.id, pair.fixed.outcome, pair.tuned.outcome) for pair in pairs(judged)] == [
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
    assert list(table["sweep"]) == ["best"] * 7 + ["pareto"] * 7
    assert set(table["point.lr"]) == {0.1, 0.03, 0.3, 0.9} and table["of_seed.val_error"].notna().all()


@red_with(Mutant(is_shown, 'f"{name}-"', "name"))
def test_a_figure_names_a_claim_with_its_variants() -> None:
    @shows("S1.C1")
    def figure() -> None: ...

    assert claims_shown(figure) == ("S1.C1",) and claims_shown(lambda: None) == ()
    for name, is_so in {"S1.C1": True, "S1.C1-digits-tuned": True, "S1.C10": False}.items():
        assert is_shown(name, ("S1.C1",)) == is_so


suites = synthetic.repository / "suites"


@pytest.mark.parametrize("name", available(suites))
def test_every_name_on_a_figure_is_that_of_a_claim(name: str) -> None:
    folder = find(name, suites)
    for function in folder.figures:
        for named in claims_shown(function):
            assert any(is_shown(claim.id, (named,)) for claim in folder.claims), (function.__name__, named)
