"""The gap ladder: which results lie between the paper's number and ours, and what changes from one to the next."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmark.published.explain.ladder import explain
from benchmark.published.explain.ladder_text import Ladder, as_json, as_markdown, as_text, bottom_line
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests import root
from tests.command_line import exit_code
from tests.published.explain.example_ladder import ladder_of, run


def aspects_of(ladder: Ladder) -> list[tuple[str, list[str]]]:
    return [(step.rung.name, [change.aspect for change in step.changes]) for step in ladder.steps]


def test_from_the_paper_to_ours_several_things_change_at_once(workspace: Workspace) -> None:
    run(workspace)
    ladder = ladder_of(workspace)
    assert aspects_of(ladder) == [
        ("EX.C1", []),
        ("EX.C1-digits", ["data", "model", "stop rule"]),
        ("EX.C1-digits-norm", ["definition"]),
    ]
    text = as_text(ladder)
    assert "3 things change at once, and none of them alone explains the difference" in text
    assert "data: CIFAR10; n_train 10000 -> Digits; n_train 200" in text
    assert "model: width 8, 512 -> width 2, 32" in text
    assert bottom_line(ladder).startswith("1 of 2 steps change one thing; what step 2 changes is confounded")


def test_each_command_changes_one_thing_back_and_nothing_else(workspace: Workspace) -> None:
    run(workspace)
    ladder = ladder_of(workspace)
    commands = {split.change.aspect: (split.command, split.judge) for split in ladder.splits[1]}
    assert commands == {
        "model": ("lossbench run example --set 'widths=[8,64,512]' --results results-widths",
                  "lossbench judge example --results results-widths"),
        "stop rule": ("lossbench run example --set epochs=100 --results results-epochs",
                      "lossbench judge example --results results-epochs"),
        "data": ("lossbench run example --set data=cifar10 --results results-data",
                 "lossbench judge example --results results-data"),
    }  # fmt: skip


def test_what_a_told_command_leaves_becomes_a_step_of_one_thing(workspace: Workspace) -> None:
    run(workspace)
    run(workspace, "results-epochs", epochs=100)
    ladder = ladder_of(workspace)
    steps = {(step.rung.where, step.rung.claim): step for step in ladder.steps}
    nearer, ours = steps["results-epochs", "EX.C1-digits"], steps["latest", "EX.C1-digits"]
    assert [change.aspect for change in nearer.changes] == ["data", "model"]
    assert ours.start is nearer.rung
    assert [(change.aspect, change.before, change.after) for change in ours.changes] == [
        ("stop rule", "epochs 100", "epochs 20")
    ]


def test_of_a_claim_on_contrasts_only_the_arms_that_it_compares_count(workspace: Workspace) -> None:
    run(workspace)
    run(workspace, "results-more", widths=(2, 8, 32))
    (again,) = [
        step for step in ladder_of(workspace, "EX.C1-digits").steps if step.rung.where == "results-more"
    ]
    assert again.changes == ()


def test_published_results_are_steps(workspace: Workspace) -> None:
    run(workspace)
    publish_results(workspace)
    judged = workspace.reports / "first/results/example/verdicts.json"
    judged.write_bytes(judged.read_bytes() + b"\n")
    text = as_text(ladder_of(workspace))
    assert "first: EX.C1-digits: reproduced" in text
    assert "nothing of the protocol changes" in text


def publish_results(workspace: Workspace) -> None:
    shutil.copytree(workspace.results / "example", workspace.reports / "first/results/example")
    (workspace.reports / "first/published.json").write_text("{}")


def test_the_same_results_under_two_names_are_one_step(workspace: Workspace) -> None:
    run(workspace)
    n_steps = len(ladder_of(workspace).steps)
    publish_results(workspace)
    assert len(ladder_of(workspace).steps) == n_steps
    assert "latest = first: EX.C1-digits: reproduced" in as_text(ladder_of(workspace))


def test_seeds_count_as_a_change_where_another_thing_changes_too(workspace: Workspace) -> None:
    run(workspace)
    run(workspace, "results-epochs", epochs=30, seeds=tuple(range(20, 30)))
    ladder = ladder_of(workspace, "EX.C1-digits")
    (other,) = [step for step in ladder.steps if step.rung.where == "results-epochs"]
    (ours,) = [step for step in ladder.steps if step.rung.where == "latest" and step.rung.variant is None]
    step = other if other.start is ours.rung else ours
    assert {change.aspect for change in step.changes} == {"stop rule", "seeds"}
    assert step.is_confounded
    text = as_text(ladder)
    assert "one thing changes" not in text
    assert "seeds: 0 to 9 -> 20 to 29" in text or "seeds: 20 to 29 -> 0 to 9" in text


def test_fewer_seeds_are_told_where_nothing_else_changes(workspace: Workspace) -> None:
    run(workspace)
    run(workspace, "results-few", seeds=tuple(range(5)))
    (again,) = [
        step for step in ladder_of(workspace, "EX.C1-digits").steps if step.rung.where == "results-few"
    ]
    assert [(change.aspect, change.before, change.after) for change in again.changes] == [
        ("seeds", "0 to 9", "0 to 4")
    ]


def test_what_was_not_run_is_told_with_the_command_that_would(workspace: Workspace) -> None:
    ladder = ladder_of(workspace)
    assert bottom_line(ladder) == "nothing of this claim's family has been run here"
    text = as_text(ladder)
    assert "EX.C1: lossbench run example --profile full --results results-full" in text
    assert "EX.C1-digits, EX.C1-digits-norm: lossbench run example --profile small" in text


def test_an_analogue_is_explained_as_far_as_it_leads_there(workspace: Workspace) -> None:
    run(workspace)
    assert [step.rung.claim for step in ladder_of(workspace, "EX.C1-digits").steps] == [
        "EX.C1",
        "EX.C1-digits",
    ]
    assert len(ladder_of(workspace, "EX.C1-digits-norm").steps) == 3


def test_the_ladder_is_json_and_markdown_too(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    run(workspace)
    assert exit_code("explain", "EX.C1", "--json", "--markdown", "l.md") == 0
    content = json.loads(capsys.readouterr().out)
    assert [step["from"] for step in content["steps"]] == [None, 1, 2]
    assert content["steps"][1]["is_confounded"] is True
    assert content["steps"][1]["would_separate"]
    assert "- **2. latest: EX.C1-digits**: reproduced" in Path("l.md").read_text()


def test_an_unknown_claim_is_bad_input_with_the_nearest(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("explain", "ex.c1-digit") == 2
    assert "did you mean EX.C1-digits?" in capsys.readouterr().err


def test_the_first_claim_of_this_repository_has_a_ladder() -> None:
    folder = find("batch_size_sharpness", root / "suites")
    claim = next(one for one in folder.claims if one.id == "S1.C1")
    ladder = explain(claim, folder, {})
    assert [step.rung.where for step in ladder.steps] == ["paper"]
    assert ladder.steps[0].rung.settings["training.epochs"] == ("100",)
    assert ladder.steps[0].rung.settings["training.batch_size"] == ("256", "5000")
    assert {rung.profile for rung in ladder.open} >= {"ci", "small", "full"}
    json.dumps(as_json(ladder), allow_nan=False)
    assert as_markdown(ladder)
