"""What the landing page says first: evidence before the regression check, findings, failures, other settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from benchmark.report.figures import headline
from benchmark.report.pages import changes, columns, overview
from benchmark.report.pages.columns import Column
from benchmark.report.pages.page import write_report
from benchmark.report.words import wording
from benchmark.report.words.origin import differing
from benchmark.store.workspace import Workspace
from tests.mutants import Mutant, red_with
from tests.report import synthetic
from tests.report.reports import read
from tests.report.tags import Tags

suite = synthetic.name


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has changed since anything was published; the suite here is none that code can be asked about."""
    monkeypatch.setattr(columns, "stale", lambda one, suites: {})


def landing(root: Path, *, evidence: bool) -> Tags:
    """Return the landing page of a regression check, beside published evidence or not."""
    workspace, folder = synthetic.finished(root, figures=True)
    write_report(workspace, [folder])
    if evidence:
        published = synthetic.put_published(root, "laptop")
        path = published / "results" / suite / "provenance.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"profile": "small"}))
    write_report(workspace, [folder])
    return Tags(read(root, "index.html"))


@red_with(Mutant(overview.overview, "one for one in columns if one.is_ci]", "one for one in columns]"))
def test_published_evidence_stands_in_front_of_the_regression_check(tmp_path: Path) -> None:
    page = landing(tmp_path, evidence=True)
    assert [one["data-name"] for one in page.all("th") if "data-name" in one] == ["laptop", "latest"]
    assert "No evidence is published yet" not in page.text
    assert (
        page.text.index("What we found.")
        < page.text.index("Claims board")
        < page.text.index("Regression check:")
    )
    assert {"board-table", "regression-table"} <= set(page.attribute("id"))
    twin = read(tmp_path, "index.md")
    assert twin.index("## Claims board") < twin.index("## Regression check")


def test_without_evidence_the_regression_check_is_shown_as_such(tmp_path: Path) -> None:
    page = landing(tmp_path, evidence=False)
    assert list(page.headings) == ["latest"] and "regression-table" not in page.attribute("id")
    text = " ".join(page.text.split())
    assert f"No evidence is published yet. {wording.regression_note}" in text
    assert "Claims board: regression check" in text and "What we found in the regression check." in text


def test_the_paragraph_of_findings_leads_with_the_first_claim_in_order(tmp_path: Path) -> None:
    text = " ".join(landing(tmp_path, evidence=False).text.split())
    assert "Batch size and sharpness: 2 reproduced, 1 contradicted, 1 inconclusive" in text
    assert "against what was claimed, S1.C3-digits: Keskar sharpness is at least twice as large." in text
    assert text.index("What we found") < text.index("S1.C3-digits") < text.index("Claims board")


@red_with(Mutant(overview._failed, "if seed not in name", "if False"))
def test_networks_that_failed_are_named_near_the_top(tmp_path: Path) -> None:
    text = " ".join(landing(tmp_path, evidence=False).text.split())
    assert "1 diverged (batch_size=128 seed=7); 1 not converged (" in text
    assert "seed 3)" in text[: text.index("Claims board")]


def test_every_suite_has_its_picture_that_leads_to_the_whole_figure(tmp_path: Path) -> None:
    page = landing(tmp_path, evidence=False)
    (svg,) = [one for one in page.all("svg") if one.get("role") == "img"]
    assert svg["aria-label"]
    assert f"{suite}.html#figure-sharpness-against-batch-size" in page.attribute("href")


def test_a_headline_is_the_first_panel_of_a_figure_with_its_legend() -> None:
    def broken(records: Any, arrays: Any) -> Figure:
        raise KeyError("x")

    def two(records: Any, arrays: Any) -> Figure:
        """Two panels"""
        figure = Figure()
        for axes in figure.subplots(1, 2):
            axes.plot([1, 2], [1, 2], label="a line")
        return figure

    made = headline.headline("one", (broken, two), None, Path())  # type: ignore[arg-type]
    assert made is not None and made.title == "Two panels" and "a line" in made.svg
    assert len(headline.first_panel(two(None, None)).axes) == 1
    assert headline.headline("one", (broken,), None, Path()) is None  # type: ignore[arg-type]


profiles = 'profiles={"ci": Config(seeds=tuple(range(10)), batch_sizes=(8, 32, 128, 500))}'


def with_settings(root: Path, **config: Any) -> Workspace:
    """Lay out a baseline, and latest results of other settings."""
    workspace, folder = synthetic.finished(root)
    source = folder.path / "suite.py"
    fields = '    data: str = "digits"\n    batch_sizes: tuple[int, ...] = ()\n'
    text = source.read_text().replace('    data: str = "digits"\n', fields)
    source.write_text(text.replace('profiles={"ci": Config()}', profiles))
    write_report(workspace, [folder])
    synthetic.put_published(root, "baseline")
    path = root / "results" / suite
    provenance = synthetic.provenance()
    synthetic.put_results(root, suite, synthetic.rows(), synthetic.verdicts(),
                          provenance | {"config": provenance["config"] | config})  # fmt: skip
    judged = json.loads((path / "verdicts.json").read_text())
    judged["verdicts"]["S1.C1-digits"]["outcome"] = "inconclusive"
    (path / "verdicts.json").write_text(json.dumps(judged))
    write_report(workspace, [folder])
    return workspace


@red_with(
    Mutant(vars(Column)["altered"].fget, "if origin.altered", "if False"),
    Mutant(changes.changes, "if suite in altered", "if False"),
    Mutant(differing, "!= other[name]", "is None"),
)
def test_other_settings_than_the_profiles_are_said_and_no_row_is_called_changed(tmp_path: Path) -> None:
    with_settings(tmp_path, batch_sizes=[8, 64])
    page = Tags(read(tmp_path, "index.html"))
    assert "other settings than ci" in page.column("latest")
    assert "other settings than ci" not in page.column("baseline")
    text = " ".join(page.text.split())
    assert "S1.C1-digits was" not in text
    assert f"{suite} is not compared: its settings are others than those of baseline (batch_sizes)." in text
    assert "settings that are not those of the profile as it is here: batch_sizes" in text
    assert "not those of the profile ci in: batch_sizes" in Tags(read(tmp_path, f"{suite}.html")).text


def test_the_profiles_own_settings_are_compared(tmp_path: Path) -> None:
    with_settings(tmp_path)
    page = Tags(read(tmp_path, "index.html"))
    assert "other settings" not in page.column("latest")
    assert "S1.C1-digits was reproduced and is inconclusive" in " ".join(page.text.split())
