"""What the report says of verdicts and of what they rest on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from benchmark.report.pages.page import write_report
from benchmark.report.words import wording
from benchmark.stats.verdict import Outcome, Reason
from tests.report import synthetic
from tests.report.reports import read, report
from tests.report.tags import Tags


def test_every_outcome_is_a_badge_in_the_headline_table(page: Tags) -> None:
    badges = Counter(
        words for words in page.attribute("class") if words.startswith("badge ") and "glyph" not in words
    )
    assert badges == {  # once in the table, once in the claim's own section; S1.C7 is out of scope
        "badge reproduced": 4, "badge contradicted": 2, "badge inconclusive": 2, "badge not_run": 1,
    }  # fmt: skip


def test_claims_about_other_data_stand_apart(page: Tags) -> None:
    assert "1 claim about other data or models than have run" in page.text
    assert "claim-S1.C7" in page.attribute("id")


def test_effects_stand_with_interval_paper_value_and_how_it_is_known(page: Tags) -> None:
    text = " ".join(page.text.split())
    assert "1.18 [0.93, 1.43]" in text
    assert "10 to 100 times from memory, unconfirmed" in text
    assert "as a factor ×3.25 [×2.53, ×4.18]" in text
    assert "would decide with 80 % power: 34" in text


def test_a_badge_that_is_not_reproduced_says_why_in_a_few_words(page: Tags, finished: Path) -> None:
    assert Counter(page.attribute("class"))["reason"] == 2
    assert "effect too small" in page.text and "interval crosses zero" in page.text
    twin = (finished / "index.md").read_text()
    assert "| contradicted (effect too small) |" in twin and "log ratio (×3.25)" in twin
    assert "contradicted 0.31 \\[−0.02, 0.62\\] (effect too small) |" in twin


def test_provenance_shows_settings_as_they_are_written(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"git": None, "config": {"lr": 0.1, "n_test": None}}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    page = report(tmp_path, folder)
    assert "lr 0.1, n_test none" in page
    assert ">not under version control</dd>" in page


def test_ci_results_are_called_regression_not_evidence(page: Tags, landing: Tags, tmp_path: Path) -> None:
    assert wording.regression_note in page.text and wording.regression_note in landing.text
    assert wording.regression_note.startswith(
        "Results of the profile ci are regression checks, not evidence:"
    )
    assert "regression" in landing.column("latest")
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"profile": "full"}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(profile="full"), synthetic.verdicts(), origin)
    assert wording.regression_note not in report(tmp_path, folder)
    assert wording.regression_note not in Tags(read(tmp_path, "index.html")).text


def test_failed_and_unconverged_cells_are_listed_once_each(page: Tags) -> None:
    assert page.text.count("loss is not finite at step 40") == 1
    assert page.text.count("loss 0.0113 after 4000 steps, wanted 0.01") == 1
    assert "batch size 128 (n = 9, 1 failed)" in page.text


def test_a_figure_and_its_claims_lead_to_each_other(page: Tags) -> None:
    links = page.attribute("href")
    assert (
        "#figure-error-against-sharpness" not in links
    )  # it names S1.C3, whose measure here it does not draw
    assert "#claim-S1.C3-digits" in links and "#figure-sharpness-against-batch-size" in links
    assert "#figure-training-curves" not in links


def test_a_verdict_says_what_its_cells_cost(tmp_path: Path) -> None:
    folder = synthetic.workspace(tmp_path)
    cells = {synthetic.key("matched_loss", size, seed): {"status": "done", "seconds": 2.0, "cached": size == 8}
             for size in (8, 500) for seed in range(10)}  # fmt: skip
    other = {synthetic.key("equal_epochs", 8, 0): {"status": "done", "seconds": 60.0}}
    origin = synthetic.provenance() | {"cells": cells | other, "seconds": 50.0}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    text = Tags(report(tmp_path, folder)).text
    assert (
        "20 cells: 40.0 device-seconds, about 20 s of this run; 10 came from the run store at no cost" in text
    )


@pytest.mark.parametrize(
    "data",
    [
        {"cifar10-jpeg": {"kind": "ImageFolder", "digest": "ab", "source": "a folder"}},
        {"cifar10": {"kind": "CIFAR10", "digest": "ab", "source": "CIFAR-10, JPEG q75"}},
        {"my-pictures": {"kind": "ImageFolder", "digest": "ab", "source": ""}},
    ],
)
def test_a_papers_numbers_never_stand_beside_numbers_on_other_pictures(
    data: dict[str, object], tmp_path: Path
) -> None:
    folder = synthetic.workspace(tmp_path)
    origin = synthetic.provenance() | {"data": data}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(), synthetic.verdicts(), origin)
    text = report(tmp_path, folder) + read(tmp_path, "index.html") + read(tmp_path, "index.md")
    assert "10 to 100 times" not in text and "3.7 % points" not in text
    assert wording.withheld in text


def test_every_outcome_and_reason_has_words() -> None:
    assert set(wording.outcomes) == set(get_args(Outcome))
    assert set(get_args(Reason)) <= set(wording.reasons)


def test_how_much_of_an_interval_is_rounding_stands_where_it_was_measured(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    origin = {**synthetic.provenance(), "code": "c0de"}
    synthetic.put_results(tmp_path, folder.name, synthetic.rows(folder.name), synthetic.verdicts(), origin)
    key = next(iter(origin["cells"]))
    claim = {"share": 0.031, "outcome": "reproduced", "twin_outcome": "reproduced"}
    twins = {
        "code": "c0de", "precision": "float32", "seeds": [0, 1, 2],
        "cells": [{"key": key, "distance": 2e-5}], "claims": {"S1.C1-digits": claim},
    }  # fmt: skip
    place = workspace.results / folder.name / "twins.json"
    place.write_text(json.dumps(twins))
    write_report(workspace, [folder])
    page = (workspace.reports / "latest" / f"{folder.name}.html").read_text()
    assert page.count("3.1 % of the interval, on 3 seeds") == 1
    assert "differ by at most" in page
    place.write_text(json.dumps({**twins, "code": "other"}))
    write_report(workspace, [folder])
    page = (workspace.reports / "latest" / f"{folder.name}.html").read_text()
    assert "of the interval, on" not in page and "one rounding apart" not in page
