"""The claims board: what is compared with what, what is marked, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from benchmark.report.pages import clocks, columns
from benchmark.report.pages.board import Known, Row, board
from benchmark.report.pages.clocks import filled
from benchmark.report.pages.columns import Column
from benchmark.report.pages.page import write_report
from benchmark.report.pages.suite_part import suite_parts
from benchmark.report.words.origin import Origin
from benchmark.results.provenance import platform_of
from benchmark.results.published import Published, published
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from tests.mutants import Mutant, red_with
from tests.report import synthetic
from tests.report.tags import Tags, assert_links_arrive

suite = synthetic.name


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Say what has changed since something was published; the suite here is none that code can be asked about."""

    def say(**changed: dict[str, list[str]]) -> None:
        def told(one: Published, suites: Any) -> dict[str, list[str]]:
            return changed.get(one.name, {})

        monkeypatch.setattr(columns, "stale", told)

    say()
    return say


def publish(root: Path, *names: str, **changes: Any) -> Workspace:
    workspace, folder = synthetic.finished(root)
    write_report(workspace, [folder])
    for name in names:
        synthetic.put_published(root, name, **changes)
    return workspace


def written(workspace: Workspace) -> Tags:
    paths = write_report(workspace, [SuiteFolder(path=workspace.suites / suite)])
    return Tags(filled(paths.html.read_text(), clocks.read(paths.html.with_name(clocks.script_name))))


def judge_otherwise(folder: Path, claim: str, **changes: Any) -> None:
    path = folder / "results" / suite / "verdicts.json"
    judged = json.loads(path.read_text())
    judged["verdicts"][claim] |= changes
    path.write_text(json.dumps(judged))


def test_every_published_result_is_a_column_whose_badges_lead_to_its_sections(
    tmp_path: Path, fresh: Callable[..., None]
) -> None:
    page = written(publish(tmp_path, "baseline", "h100-small"))
    assert list(page.headings) == ["latest", "baseline", "h100-small"]
    links = page.attribute("href")
    for place in ("", "../baseline/", "../h100-small/"):
        assert f"{place}{suite}.html#claim-S1.C1-digits" in links
    assert_links_arrive(page, tmp_path / "reports" / "latest")
    assert "why baseline" in page.text and "4be1c07d9a+" in page.column("baseline")


@red_with(Mutant(columns._origin, "_models(one.path", "() and (one.path"))
def test_a_published_result_that_decided_nothing_has_the_models_of_its_records(tmp_path: Path) -> None:
    publish(tmp_path, "undecided")
    path = tmp_path / "reports" / "undecided" / "results" / suite / "verdicts.json"
    judged = json.loads(path.read_text())
    judged["verdicts"] = {"S1.C1-digits": {"outcome": "not_run", "reason": "out_of_scope", "scope": {}}}
    path.write_text(json.dumps(judged))
    (one,) = published(Workspace(tmp_path))
    assert columns._published_column(one, (), None).words("models") == "MLP"
    assert columns._published_column(one, (), None).words("data") == "digits"
    path.with_name("records.parquet").write_bytes(b"broken")
    assert columns._published_column(one, (), None).words("models") == ""


def test_latest_results_that_decided_nothing_have_the_models_of_their_records(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    (tmp_path / "results" / suite / "verdicts.json").unlink()
    (part,) = suite_parts([folder], tmp_path / "results", n_workers=1)
    assert part.section.origin is not None and part.section.origin.models == ("MLP",)


def test_a_report_of_one_page_is_linked_where_its_sections_are(
    tmp_path: Path, fresh: Callable[..., None]
) -> None:
    workspace = publish(tmp_path, "old")
    (tmp_path / "reports" / "old" / f"{suite}.html").unlink()
    assert f"../old/index.html#claim-{suite}-S1-C1-digits" in written(workspace).attribute("href")


def test_what_has_changed_since_is_marked_and_told(tmp_path: Path, fresh: Callable[..., None]) -> None:
    workspace = publish(tmp_path, "baseline", "h100-small")
    fresh(baseline={suite: ["the code of cells or measures"]})
    page = written(workspace)
    assert "stale" in page.column("baseline") and "stale" not in page.column("h100-small")
    assert page.attribute("class").count("stale") == 4  # every decided claim of that column
    assert f"{suite}: changed since: the code of cells or measures" in page.text
    table = pd.read_csv(tmp_path / "reports" / "latest" / "board.csv").set_index("column")
    assert set(table["stale"]["baseline"]) == {"the code of cells or measures"}


def test_code_that_cannot_be_compared_is_stale_rather_than_the_end(tmp_path: Path) -> None:
    workspace = publish(tmp_path, "baseline")  # its suite here has no such configuration
    assert "stale" in written(workspace).column("baseline")


def platform(**changes: str) -> dict[str, str]:
    return platform_of(synthetic.provenance()) | changes


@pytest.mark.parametrize(
    ("gate", "is_marked"),
    [
        (None, True),
        ({"passed": False, "platform": platform(torch="9")}, True),
        ({"passed": True, "platform": platform(torch="8")}, True),
        ({"passed": True, "platform": platform(torch="9"), "n_cells": 5}, False),
    ],
)
def test_a_platform_that_has_not_passed_the_gate_is_marked(
    gate: dict[str, Any] | None, is_marked: bool, tmp_path: Path, fresh: Callable[..., None]
) -> None:
    workspace = publish(tmp_path, "baseline")
    synthetic.put_published(tmp_path, "other", gate=gate, platform=platform(torch="9"))
    page = written(workspace)
    assert (columns.unchecked in page.column("other")) == is_marked
    assert columns.unchecked not in page.column("baseline") + page.column("latest")  # the same platform


def test_without_a_baseline_no_platform_is_checked(tmp_path: Path, fresh: Callable[..., None]) -> None:
    assert columns.unchecked in written(publish(tmp_path)).column("latest")


def test_latest_results_pass_by_the_check_that_was_made_here(
    tmp_path: Path, fresh: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOSSBENCH_RUNS", str(tmp_path / "runs"))
    workspace = publish(tmp_path, "baseline", platform=platform(torch="9"))
    assert columns.unchecked in written(workspace).column("latest")
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "gate.json").write_text(json.dumps({"passed": True, "platform": platform()}))
    assert columns.unchecked not in written(workspace).column("latest")


def test_what_changed_against_the_baseline_comes_first(tmp_path: Path, fresh: Callable[..., None]) -> None:
    workspace = publish(tmp_path, "baseline", "zz-newer")
    folder = tmp_path / "reports" / "baseline"
    judge_otherwise(folder, "S1.C1-digits", outcome="inconclusive")
    judge_otherwise(
        folder, "S1.C4-digits", outcome="contradicted", scope={"data": ["CIFAR10"], "models": ["MLP"]}
    )
    text = " ".join(written(workspace).text.split())
    changed = text[text.index("What changed against baseline") : text.index("Claims board")]
    assert "S1.C1-digits was inconclusive and is reproduced" in changed
    assert "S1.C4-digits" not in changed  # other data decided it
    assert "columns disagree" in text
    twin = (tmp_path / "reports" / "latest" / "index.md").read_text()
    assert twin.index("What changed against baseline") < twin.index("Claims board") < twin.index("<details>")


def test_nothing_changed_is_said(tmp_path: Path, fresh: Callable[..., None]) -> None:
    assert "No claim came out differently" in written(publish(tmp_path, "baseline")).text


@pytest.mark.parametrize(
    "name", ["published.json", f"results/{suite}/verdicts.json", f"results/{suite}/provenance.json"]
)
def test_a_damaged_published_result_leaves_the_board_whole(
    name: str, tmp_path: Path, fresh: Callable[..., None]
) -> None:
    workspace = publish(tmp_path, "baseline")
    (tmp_path / "reports" / "baseline" / name).write_text("[broken")
    page = written(workspace)
    assert "latest" in page.headings and "cannot be read" in page.text


def test_a_suite_that_is_only_published_has_its_rows(tmp_path: Path, fresh: Callable[..., None]) -> None:
    workspace = publish(tmp_path, "baseline")
    (tmp_path / "suites" / suite / "suite.py").unlink()
    page = Tags(write_report(workspace, []).html.read_text())
    assert "At matched training loss the large-batch" not in page.text  # its verdicts here keep no statement
    assert f"../baseline/{suite}.html#claim-S1.C1-digits" in page.attribute("href")


def column(name: str, **outcomes: str) -> Column:
    verdicts = {claim: {"outcome": outcome, "reason": "out_of_scope"} for claim, outcome in outcomes.items()}
    return Column(
        name=name, anchor=name, href="", origins=(Origin(suite="one"),), verdicts={"one": verdicts}, is_checked=True,
        link=lambda suite, claim: f"{suite}.html#{claim}", gate="",
    )  # fmt: skip


figures_py = """
from matplotlib.figure import Figure

def line(records, arrays):
    print("what a suite prints is no answer")
    figure = Figure()
    figure.subplots().plot([1, 2], [1, 3])
    return figure

figures = (line,)
"""
known = [Known(id=name, statement=name, unit="nats", kind="confirmatory") for name in ("a", "b", "c")]


@red_with(Mutant(board, "tuple(columns),", "tuple(columns[:1]),"))
def test_a_claim_that_no_column_could_decide_is_folded_away() -> None:
    made = board([column("latest", a="not_run", b="not_run", c="reproduced"), column("x", a="reproduced", b="not_run")],
                 [("one", "One", known)])  # fmt: skip
    assert [row.id for row in made.rows] == ["a", "c"] and made.n_elsewhere == 1
    assert len(made.columns) == 2
    assert made.rows[1].cells[1] is None


@red_with(Mutant(vars(Row)["decided"].fget, "cell.is_decided", "True"))
def test_columns_disagree_only_where_both_decide() -> None:
    made = board([column("latest", a="reproduced", b="reproduced", c="reproduced"),
                  column("x", a="contradicted", b="not_run", c="reproduced")], [("one", "One", known)])  # fmt: skip
    assert made.n_disagree == 1
    assert [row.tags for row in made.rows] == [
        "reproduced confirmatory disagree",
        *["reproduced confirmatory"] * 2,
    ]


@pytest.mark.slow
def test_several_processes_write_the_bytes_of_one(tmp_path: Path) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    (folder.path / "figures.py").write_text(figures_py)
    other = synthetic.workspace(tmp_path, suite="other_example", title="Another one")
    synthetic.put_results(
        tmp_path,
        other.name,
        synthetic.rows(other.name),
        synthetic.verdicts(),
        synthetic.provenance(other.name),
    )
    folders = [folder, other]
    serial = suite_parts(folders, workspace.results, n_workers=1)
    assert suite_parts(folders, workspace.results, n_workers=2) == serial
    assert [part.section.name for part in serial] == [folder.name, other.name]


@pytest.mark.slow
def test_a_process_that_dies_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, folder = synthetic.finished(tmp_path)
    other = synthetic.workspace(tmp_path, suite="other_example")
    synthetic.put_results(
        tmp_path, other.name, synthetic.rows(other.name), {}, synthetic.provenance(other.name)
    )
    monkeypatch.setattr("sys.executable", "false")
    parts = suite_parts([folder, other], workspace.results, n_workers=2)
    assert [part.section.has_run for part in parts] == [True, True]
