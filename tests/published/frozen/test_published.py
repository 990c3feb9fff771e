"""What was published, read again: listed, stale or damaged."""

from __future__ import annotations

import dataclasses
import json

import pytest

from benchmark.results.published import published, read_published, stale, write_index
from benchmark.store.workspace import Workspace
from tests.published.frozen.frozen_example import edit, freeze, suites_of


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
