"""What is published is declared, whole and of the code that is here."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import Any

import pytest

from benchmark.published.freeze import CannotPublish
from benchmark.report.pages import clocks
from benchmark.results.published import read_published
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests.command_line import exit_code
from tests.git import git
from tests.made_results import write_results
from tests.published.frozen.frozen_example import config_of, declared, edit, freeze, show


def test_what_is_published_can_be_read_again(workspace: Workspace) -> None:
    folder = freeze(workspace)
    found = read_published(folder)
    assert found.why == declared.why
    assert found.suites == ("example",)
    assert found.verdicts["example"]["EX.C1"]["outcome"] == "reproduced"
    assert found.provenance["example"]["profile"] == "ci"
    assert found.platform["device"] == "cpu a processor"
    assert set(found.code["example"]) == {"cells", "measures", "claims"}
    assert found.problems == ()
    assert len(found.made) == len("2026-01-01")


def test_records_as_csv_and_scripts_stay_behind_and_their_links_lead_to_the_tables(
    workspace: Workspace,
) -> None:
    folder = freeze(workspace)
    assert (folder / "index.html").read_text() == '<a href="results/example/records.parquet">records</a>'
    assert not list(folder.glob("*.csv")) and not (folder / "plotly.min.js").exists()
    assert {path.name for path in (folder / "results/example").iterdir()} == {
        "records.parquet", "verdicts.json", "provenance.json", "invocation.json",
    }  # fmt: skip


def test_when_and_whence_are_written_into_what_is_published(workspace: Workspace) -> None:
    latest = workspace.reports / "latest"
    (latest / "index.html").write_text('<p data-clock="a-when" hidden></p>')
    (latest / "clocks.js").write_bytes(clocks.script({"a-when": "2026-01-01 · 4be1c07d9a"}))
    folder = freeze(workspace)
    assert (folder / "index.html").read_text() == "<p>2026-01-01 · 4be1c07d9a</p>"
    assert not (folder / "clocks.js").exists()
    twin = (folder / "index.md").read_text()
    assert (
        "| example | lossbench run example | commit 0000000000 | 1970-01-01 00:00 UTC | 1.0 s | 2 |" in twin
    )


def test_results_and_reports_of_which_nobody_knows_when_they_ran_are_not_published(
    workspace: Workspace,
) -> None:
    (workspace.results / "example" / "invocation.json").unlink()
    (workspace.reports / "latest" / "index.html").write_text('<p data-clock="a-when" hidden></p>')
    with pytest.raises(CannotPublish, match="no commit or time is known of their run.*lossbench run example"):
        freeze(workspace)
    with pytest.raises(CannotPublish, match="does not know how all of its runs went"):
        freeze(workspace)


def test_nothing_is_overwritten_and_a_baseline_is_replaced_by_hand(workspace: Workspace) -> None:
    freeze(workspace)
    with pytest.raises(CannotPublish, match="what is published stays; choose another name"):
        freeze(workspace)
    freeze(workspace, "baseline")
    with pytest.raises(CannotPublish, match="git rm -r reports/baseline"):
        freeze(workspace, "baseline")


def test_failures_are_declared(workspace: Workspace) -> None:
    example = find("example", workspace.suites)
    write_results(
        workspace.results, example, config=config_of(workspace),
        fails=lambda factors: factors["init_seed"] == 3 and factors["model.width"] == 2,
    )  # fmt: skip
    show(workspace)
    with pytest.raises(CannotPublish, match="1 networks or measures failed .*--allow-failed 1"):
        freeze(workspace)
    assert read_published(freeze(workspace, allowed_failures=1)).allowed_failures == 1


def commit(workspace: Workspace) -> None:
    (workspace.root / ".gitignore").write_text("__pycache__/\nresults/\nresults-*/\n")
    git(workspace.root, "init", "-q")
    git(workspace.root, "add", "-A")
    git(workspace.root, "commit", "-qm", "first")


def test_a_tree_that_differs_from_its_commit_is_declared(workspace: Workspace) -> None:
    commit(workspace)
    assert json.loads((freeze(workspace, "clean") / "published.json").read_text())["git"]["dirty"] is False
    (workspace.root / "new.py").write_text("x = 1\n")
    with pytest.raises(CannotPublish, match="--allow-dirty"):
        freeze(workspace)
    assert (
        json.loads((freeze(workspace, allow_dirty=True) / "published.json").read_text())["git"]["dirty"]
        is True
    )


def test_results_of_other_settings_are_not_published(workspace: Workspace) -> None:
    edit(workspace.suites / "example/suite.py", "lr=0.1", "lr=0.2")
    with pytest.raises(CannotPublish, match="example: changed since it ran: 20 of 20 cells"):
        freeze(workspace)


def test_verdicts_that_are_not_those_of_the_claims_are_not_published(workspace: Workspace) -> None:
    edit(workspace.suites / "example/claims.py", "Effect(0.02,", "Effect(0.5,")
    with pytest.raises(
        CannotPublish, match="its verdicts are not those of its records and claims: lossbench judge"
    ):
        freeze(workspace)


def test_a_report_older_than_its_verdicts_is_not_published(workspace: Workspace) -> None:
    page = (workspace.reports / "latest/index.html").stat().st_mtime
    os.utime(workspace.results / "example/verdicts.json", (page + 1, page + 1))
    with pytest.raises(CannotPublish, match="its verdicts are younger than the report"):
        freeze(workspace)


def test_a_report_of_other_records_is_not_published(workspace: Workspace) -> None:
    elsewhere = workspace.root / "results-small"
    shutil.copytree(workspace.results, elsewhere)
    write_results(workspace.results, find("example", workspace.suites), config=config_of(workspace), draw=1)
    with pytest.raises(CannotPublish, match="one of other records than those in .*/results/example"):
        freeze(workspace)
    assert freeze(replace(workspace, tables=elsewhere)).is_dir()


def test_a_baseline_is_of_every_suite_in_profile_ci_with_ten_seeds(workspace: Workspace) -> None:
    shutil.copytree(workspace.suites / "example", workspace.suites / "other")
    edit(workspace.suites / "other/suite.py", 'name="example"', 'name="other"')
    example = find("example", workspace.suites)
    write_results(workspace.results, example, config=config_of(workspace, seeds=(0, 1, 2)), profile="small")
    (workspace.reports / "latest/index.html").touch()
    with pytest.raises(CannotPublish) as refusal:
        freeze(workspace, "baseline")
    text = str(refusal.value)
    assert "other has no records" in text
    assert "a baseline is of profile ci, and this is of small" in text
    assert "at least 10 seeds, and this has 3" in text


def test_the_gate_counts_on_its_own_platform_only(workspace: Workspace) -> None:
    workspace.runs.mkdir()
    gate: dict[str, Any] = {"platform": dict(read_published(freeze(workspace)).platform), "passed": True}
    (workspace.runs / "gate.json").write_text(json.dumps(gate))
    assert read_published(freeze(workspace, "second")).gate == gate
    gate["platform"]["torch"] = "1.0"
    (workspace.runs / "gate.json").write_text(json.dumps(gate))
    assert read_published(freeze(workspace, "third")).gate is None


def test_commands_publish_and_verify(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code("publish", "first", "--why", "to see that it works") == 0
    assert exit_code("verify", "reports/first") == 0
    assert capsys.readouterr().out.endswith("first: intact\n")
    (workspace.reports / "first/index.html").write_text("x")
    assert exit_code("verify", "first", "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["intact"] is False
    assert told["findings"][0]["text"] == "index.html does not match its SHA-256"
    assert exit_code("verify", "reports/second") == 2
    assert "published here: first" in capsys.readouterr().err
    assert exit_code("publish", "latest", "--why", "x") == 2
