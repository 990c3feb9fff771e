"""The sweep of a suite on its page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.report.pages.sweep_section import sweep_section
from benchmark.report.pages.sweep_studies import Studies, Study, Trial, studies_of
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.gain import choice
from tests.report import synthetic
from tests.report.reports import read, report
from tests.report.synthetic_sweep import found, put_sweep
from tests.report.tags import Tags

config = {"seeds": [0, 1], "n_val": 100, "tuned": [["batch_size=8", "lr", 0.03]]}


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
    put_sweep(tmp_path, "one")
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
    put_sweep(root, folder.name, is_clear=False)
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


def test_trials_are_a_table_with_a_row_for_every_seed(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    put_sweep(tmp_path, folder.name)
    put_sweep(tmp_path, folder.name, two=True)
    report(tmp_path, folder)
    table = pd.read_csv(tmp_path / "reports" / "latest" / "trials.csv")
    assert list(table["sweep"]) == ["best"] * 13 + ["pareto"] * 13
    assert set(table["point.lr"]) == {0.1, 0.03, 0.3, 0.9} and table["of_seed.val_error"].notna().all()
