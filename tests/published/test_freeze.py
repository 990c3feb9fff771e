"""What is published is declared, whole and of the code that is here; and damage to it is found."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.published.freeze import CannotPublish, Declared, publish
from benchmark.published.verify import verify
from benchmark.report.pages import clocks
from benchmark.results.published import published, read_published, stale, write_index
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder, available, find
from tests import root
from tests.code import forget_code
from tests.command_line import exit_code
from tests.made_results import write_results

declared = Declared(why="to see that it works")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the example suite, its results and a report."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOSSBENCH_RUNS", str(tmp_path / "runs"))
    shutil.copytree(root / "benchmark/cli/template/suites/example", tmp_path / "suites/example")
    (tmp_path / "params.yaml").write_text("suites: {example: {}}\n")
    workspace = Workspace(tmp_path)
    write_results(workspace.results, find("example", workspace.suites), config=config_of(workspace))
    latest = workspace.reports / "latest"
    latest.mkdir(parents=True)
    for name in ("index.html", "index.md", "plotly.min.js", "example_records.csv"):
        (latest / name).write_text('<a href="example_records.csv">records</a>')
    return workspace


def config_of(workspace: Workspace, **changes: Any) -> Any:
    return dataclasses.replace(find("example", workspace.suites).suite.profiles["ci"], **changes)


def suites_of(workspace: Workspace) -> dict[str, SuiteFolder]:
    return {name: find(name, workspace.suites) for name in available(workspace.suites)}


def freeze(workspace: Workspace, name: str = "first", **options: Any) -> Path:
    return publish(workspace, suites_of(workspace), name, declared=dataclasses.replace(declared, **options))


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
    (workspace.reports / "latest/index.html").touch()
    with pytest.raises(CannotPublish, match="1 networks or measures failed .*--allow-failed 1"):
        freeze(workspace)
    assert read_published(freeze(workspace, allowed_failures=1)).allowed_failures == 1


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


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


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    forget_code()


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


@pytest.mark.parametrize("table", ["records.parquet", "verdicts.json"])
def test_a_report_older_than_its_tables_is_not_published(table: str, workspace: Workspace) -> None:
    page = (workspace.reports / "latest/index.html").stat().st_mtime
    os.utime(workspace.results / "example" / table, (page + 1, page + 1))
    with pytest.raises(CannotPublish, match=f"its {table.partition('.')[0]} are younger than the report"):
        freeze(workspace)


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


def test_everything_published_is_listed_the_baseline_first(workspace: Workspace) -> None:
    assert published(workspace) == []
    for name in ("a", "baseline"):
        freeze(workspace, name)
    assert [one.name for one in published(workspace)] == ["baseline", "a"]
    write_index(workspace, workspace.results / "published.json")
    assert set(json.loads((workspace.results / "published.json").read_text())) == {"a", "baseline"}


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("suite.py", "lr=0.1", "lr=0.2", ["20 of 20 cells are no longer those of the suite"]),
        ("suite.py", ", weight_norm()", ",", ["measures that are left out: weight_norm"]),
        (
            "claims.py",
            "Effect(0.02,",
            "Effect(0.03,",
            ["claims, or the rule that decides them"],
        ),
        ("claims.py", '"""The claims', '"""Claims', []),
    ],
)
def test_what_changed_since_is_told_in_words(
    file: str, old: str, new: str, words: list[str], workspace: Workspace
) -> None:
    one = read_published(freeze(workspace))
    edit(workspace.suites / "example" / file, old, new)
    assert stale(one, suites_of(workspace).values()) == ({"example": words} if words else {})


def test_an_edited_training_procedure_and_an_edited_measure_are_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = read_published(freeze(workspace))
    then = dict(one.code["example"])
    then["cells"], then["measures"] = "other", {**then["measures"], "weight_norm": "other"}
    found = stale(dataclasses.replace(one, code={"example": then}), suites_of(workspace).values())
    assert found == {"example": ["how cells are trained", "measures: weight_norm"]}


def test_a_suite_that_is_gone_is_told(workspace: Workspace) -> None:
    one = read_published(freeze(workspace))
    assert stale(one, []) == {"example": ["the suite is no longer here"]}


def test_what_was_published_before_code_was_recorded_is_held_against_its_provenance(
    workspace: Workspace,
) -> None:
    folder = freeze(workspace)
    manifest = json.loads((folder / "published.json").read_text())
    for name in ("code", "platform", "gate", "made", "allowed_failures", "git"):
        del manifest[name]
    (folder / "published.json").write_text(json.dumps(manifest))
    one = read_published(folder)
    assert (one.made, one.gate, one.allowed_failures) == ("", None, 0)
    assert one.platform["device"] == "cpu a processor"
    assert stale(one, suites_of(workspace).values()) == {}
    changed = dataclasses.replace(one, provenance={"example": {**one.provenance["example"], "code": "x"}})
    assert stale(changed, suites_of(workspace).values()) == {"example": ["the code of cells or measures"]}


def test_a_damaged_manifest_is_told_and_costs_nothing_else(workspace: Workspace) -> None:
    folder = freeze(workspace)
    (folder / "published.json").write_text("{")
    (one,) = published(workspace)
    assert "published.json of first cannot be read" in one.problems[0]
    assert one.verdicts["example"]


def damages(workspace: Workspace, folder: Path) -> list[str]:
    return [one.text for one in verify(folder, suites_of(workspace)) if one.is_damage]


def notes(workspace: Workspace, folder: Path) -> list[str]:
    return [one.text for one in verify(folder, suites_of(workspace)) if not one.is_damage]


def test_what_was_just_published_is_intact(workspace: Workspace) -> None:
    assert verify(freeze(workspace), suites_of(workspace)) == []


def rewrite(name: str, change: Callable[[Any], None]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))

    return spoil


def flip(folder: Path) -> None:
    path = folder / "results/example/records.parquet"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda folder: (folder / "index.md").unlink(), "index.md is missing"),
        (lambda folder: (folder / "index.html").write_text("x"), "index.html does not match its SHA-256"),
        (lambda folder: (folder / "extra.html").write_text("x"), "extra.html was not published"),
        (flip, "records.parquet does not match its SHA-256"),
        (lambda folder: (folder / "published.json").write_text("[]"), "published.json cannot be read"),
        (lambda folder: shutil.rmtree(folder / "results"), "it holds no records"),
        (rewrite("published.json", lambda content: content.update(why=" ")), "does not say why"),
        (rewrite("published.json", lambda content: content.update(name="x")), "published as 'x'"),
        (
            rewrite("results/example/invocation.json", lambda content: content.pop("git")),
            "provenance lacks git",
        ),
        (
            lambda folder: (folder / "results/example/invocation.json").unlink(),
            "provenance lacks command, git",
        ),
        (
            rewrite("results/example/provenance.json", lambda content: content["versions"].pop("torch")),
            "lacks versions.torch",
        ),
        (
            rewrite("results/example/provenance.json", lambda content: content["cells"].popitem()),
            "not of the same cells",
        ),
        (rewrite("results/example/verdicts.json", lambda content: content.pop("verdicts")), "EX.C1"),
    ],
)
def test_damage_is_found(spoil: Callable[[Path], None], told: str, workspace: Workspace) -> None:
    folder = freeze(workspace)
    spoil(folder)
    assert any(told in text for text in damages(workspace, folder)), damages(workspace, folder)


def test_a_verdict_improved_together_with_its_hash_is_found(workspace: Workspace) -> None:
    """Hashes can be written anew; the verdict cannot, for the records decide it."""
    from benchmark.results.published import hashes

    folder = freeze(workspace)
    rewrite(
        "results/example/verdicts.json", lambda content: content["verdicts"]["EX.C1"].update(effect=-0.9)
    )(folder)
    rewrite("published.json", lambda content: content.update(files=hashes(folder)))(folder)
    (told,) = damages(workspace, folder)
    assert told.startswith("example, EX.C1: reproduced (shown) -0.9 ")
    assert "neither the claims nor the rule have changed since" in told


def test_a_claim_edited_since_is_a_note_that_names_it(workspace: Workspace) -> None:
    folder = freeze(workspace)
    edit(workspace.suites / "example/claims.py", "Effect(0.02,", "Effect(0.5,")
    assert damages(workspace, folder) == []
    told = notes(workspace, folder)
    assert any(
        "EX.C1: reproduced" in text and "contradicted" in text and "smallest_effect: 0.02 -> 0.5" in text
        for text in told
    ), told
    assert any("changed since: claims, or the rule" in text for text in told)


def test_a_claim_that_is_gone_is_a_note(workspace: Workspace) -> None:
    folder = freeze(workspace)
    edit(workspace.suites / "example/claims.py", 'claim("EX.C1"', 'claim("EX.C2"')
    told = notes(workspace, folder)
    assert any("EX.C1" in text and "it is no longer there" in text for text in told)
    assert any("EX.C2" in text and "it is new" in text for text in told)


def test_failures_that_were_not_declared_are_damage(workspace: Workspace) -> None:
    write_results(
        workspace.results, find("example", workspace.suites), config=config_of(workspace),
        fails=lambda factors: factors["init_seed"] == 3,
    )  # fmt: skip
    (workspace.reports / "latest/index.html").touch()
    folder = freeze(workspace, allowed_failures=2)
    assert damages(workspace, folder) == []
    rewrite("published.json", lambda content: content.update(allowed_failures=1))(folder)
    assert damages(workspace, folder) == ["2 networks or measures failed, which was not declared"]


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


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in (root / "reports").glob("*/published.json"))
)
def test_what_this_repository_published_is_intact(folder: Path) -> None:
    suites = {name: find(name, root / "suites") for name in available(root / "suites")}
    assert [one.text for one in verify(folder, suites) if one.is_damage] == []


def test_what_is_damaged_is_told_wherever_it_is_read(workspace: Workspace) -> None:
    from benchmark.published.check.gate import open_baseline
    from benchmark.published.check.scope import CannotCompare
    from benchmark.published.compare.source import NoSource, opened

    folder = freeze(workspace)
    assert read_published(folder).problems == ()
    table = folder / "results/example/verdicts.json"
    table.write_bytes(table.read_bytes() + b" ")
    assert read_published(folder).problems == ("results/example/verdicts.json is not as it was published",)
    with pytest.raises(CannotCompare, match=r"first is damaged.*lossbench verify"):
        open_baseline(workspace, "first")
    with pytest.raises(NoSource, match=r"first is damaged.*lossbench verify"), opened("first", workspace):
        pass
