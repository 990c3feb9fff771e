"""Two results: the same seeds bit by bit, other seeds by tests, and everything else that differs."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.published.compare import number_by_number as numbers
from benchmark.published.compare.aligned import Table
from benchmark.published.compare.comparison import Comparison, compare
from benchmark.published.compare.sections import as_json, as_markdown, bottom_line
from benchmark.published.compare.source import NoSource, opened
from benchmark.stats.claim import Claim
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import find
from tests import root
from tests.command_line import exit_code
from tests.made_results import write_results


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "benchmark/cli/template/suites/example", tmp_path / "suites/example")
    (tmp_path / "params.yaml").write_text("suites: {example: {}}\n")
    return Workspace(tmp_path)


def results(workspace: Workspace, name: str, *, seeds: range = range(10), **options: Any) -> str:
    example = find("example", workspace.suites)
    config = dataclasses.replace(
        example.suite.profiles["ci"], seeds=tuple(seeds), **options.pop("config", {})
    )
    write_results(workspace.root / name, example, config=config, **options)
    return name


def held(workspace: Workspace, a: str, b: str, *, margin: float = 1.0) -> Comparison:
    with opened(a, workspace) as left, opened(b, workspace) as right:
        return compare(left, right, margin=margin)


def shifted(by: float) -> Any:
    def value(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        return float(
            np.exp(noise.standard_normal()) if quantity == "all" else by + 0.01 * noise.standard_normal()
        )

    return value


def test_equal_results_are_the_same_bit_by_bit(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b"))
    assert {one.outcome for one in found.numbers} == {"same"}
    assert all(one.is_paired and one.n_equal == one.n_a == 10 for one in found.numbers)
    assert all(curve.n_equal == curve.n_points == 40 for curve in found.curves)
    assert not found.is_different
    assert bottom_line(found) == "the same: 4 are the same bit by bit"


def test_the_last_bit_of_one_cell_is_counted_and_is_no_difference(workspace: Workspace) -> None:
    def rounded(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        number = shifted(0.3)(factors, quantity, noise)
        is_one = factors["init_seed"] == 4 and factors["model.width"] == 2
        return float(np.nextafter(number, 1.0)) if is_one else number

    results(workspace, "a", value=shifted(0.3))
    found = held(workspace, "a", results(workspace, "b", value=rounded))
    narrow = [one for one in found.numbers if one.arm == "width=2"]
    assert [one.n_equal for one in narrow] == [9, 9]
    assert all(0 < one.largest < 1e-14 for one in narrow)
    assert not found.is_different


def test_a_cell_that_failed_on_one_side_alone_is_a_difference(workspace: Workspace) -> None:
    def fails(factors: Any) -> bool:
        return bool(factors["init_seed"] == 4 and factors["model.width"] == 2)

    found = held(workspace, results(workspace, "a"), results(workspace, "b", fails=fails))
    changed = [one for one in found.numbers if one.outcome == "different"]
    assert {(one.arm, one.failed_a, one.failed_b) for one in changed} == {("width=2", 0, 1)}
    assert {one.quantity for one in changed} == {"test_error", "all"}, (
        "the row that says why stands for each number"
    )


def test_a_cell_that_failed_on_both_sides_is_the_same(workspace: Workspace) -> None:
    def fails(factors: Any) -> bool:
        return bool(factors["init_seed"] == 4)

    found = held(workspace, results(workspace, "a", fails=fails), results(workspace, "b", fails=fails))
    assert {one.outcome for one in found.numbers} == {"same"}


def test_other_seeds_of_the_same_protocol_do_not_differ(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(20))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 40)), margin=2.0)
    assert not any(one.is_paired for one in found.numbers)
    assert {one.outcome for one in found.numbers} == {"same"}
    assert not found.curves


def test_other_seeds_with_another_mean_differ(workspace: Workspace) -> None:
    results(workspace, "a", value=shifted(0.30))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 30), value=shifted(0.35)))
    errors = [one for one in found.numbers if one.quantity == "test_error"]
    assert {one.outcome for one in errors} == {"different"}
    assert all(3 < one.difference < 8 for one in errors), "5 standard deviations over seeds"
    assert not any(one.outcome == "different" for one in found.numbers if one.quantity == "all")
    assert found.is_different
    assert bottom_line(found).startswith("different: 2 numbers of 4 differ; ")


def test_too_few_seeds_decide_nothing_and_it_is_told_how_many_would(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(3))
    found = held(workspace, "a", results(workspace, "b", seeds=range(3, 6)))
    assert {one.outcome for one in found.numbers} == {"undecided"}
    assert all(one.n_needed and one.n_needed > 3 for one in found.numbers if abs(one.difference) < 0.8)
    assert "seeds on each side would decide half of them" in bottom_line(found)


def test_numbers_declared_positive_are_compared_by_their_logarithms(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b", seeds=range(20, 30)))
    assert {(one.quantity, one.is_log) for one in found.numbers} == {("test_error", False), ("all", True)}


def test_seeds_that_overlap_are_compared_pair_by_pair(workspace: Workspace) -> None:
    found = held(workspace, results(workspace, "a"), results(workspace, "b", seeds=range(5)))
    assert all(one.is_paired and one.n_a == one.n_b == 5 for one in found.numbers)


def test_arms_of_one_side_alone_are_named(workspace: Workspace) -> None:
    results(workspace, "a", config={"widths": (2, 8, 32)})
    (only,) = held(workspace, "a", results(workspace, "b")).arms
    assert (only.a, only.b) == (("width=8",), ())


def test_nothing_in_common_is_told(workspace: Workspace) -> None:
    results(workspace, "a", config={"widths": (1, 16)})
    found = held(workspace, "a", results(workspace, "b"))
    assert found.numbers == () and found.turned == ()
    assert bottom_line(found) == "not comparable: no number is of the same arm on both sides"
    (only,) = found.arms
    assert (only.a, only.b) == (("width=1", "width=16"), ("width=2", "width=32"))


def label_by(workspace: Workspace, text: str) -> None:
    path = workspace.suites / "example" / "suite.py"
    path.write_text(path.read_text() + "\nimport dataclasses\nsuite = dataclasses.replace("
                    f"suite, label=lambda config, cell: {text})\n")  # fmt: skip


def test_arms_are_paired_by_what_they_share_where_a_knob_is_in_their_names(workspace: Workspace) -> None:
    label_by(workspace, "{'swept': f'width={cell.model.width} epochs={config.epochs}'}")
    results(workspace, "a", config={"epochs": 3})
    found = held(workspace, "a", results(workspace, "b"))
    assert len(found.numbers) == 4 and not found.arms
    factors = {one.factor.factor: (one.factor.a, one.factor.b) for one in found.turned}
    assert factors == {
        "training.epochs": (("3",), ("20",)),
        "swept": (("width=2 epochs=3", "width=32 epochs=3"), ("width=2 epochs=20", "width=32 epochs=20")),
    }
    assert {one.arm for one in found.numbers} == {"swept=width=2 epochs=3", "swept=width=32 epochs=3"}
    text = as_markdown(found)
    assert "## Turned in arms that are compared" in text and "| example | training.epochs | 3 | 20 |" in text


def test_arms_under_other_names_are_those_with_the_same_factors(workspace: Workspace) -> None:
    label_by(workspace, "{'swept': f'width={cell.model.width}'}")
    results(workspace, "a", config={"widths": (2, 8, 32)})
    label_by(workspace, "{'swept': f'network=mlp width={cell.model.width}'}")
    found = held(workspace, "a", results(workspace, "b"))
    assert len(found.numbers) == 4 and all(one.is_paired for one in found.numbers)
    assert [one.factor.factor for one in found.turned] == ["swept"]
    (only,) = found.arms
    assert (only.a, only.b) == (("swept=width=8",), ())


def test_an_arm_of_another_level_is_not_taken_for_one_that_was_turned(workspace: Workspace) -> None:
    results(workspace, "a", config={"widths": (2, 8)})
    found = held(workspace, "a", results(workspace, "b"))
    assert found.turned == () and {one.arm for one in found.numbers} == {"width=2"}
    assert [(only.a, only.b) for only in found.arms] == [(("width=8",), ("width=32",))]


def test_a_factor_that_came_later_does_not_keep_arms_apart(workspace: Workspace) -> None:
    results(workspace, "a")
    path = workspace.suites / "example" / "suite.py"
    path.write_text(path.read_text() + "\nimport dataclasses\nsuite = dataclasses.replace("
                    "suite, label=lambda config, cell: {'tuned': False})\n")  # fmt: skip
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 30)))
    assert len(found.numbers) == 4
    assert not found.arms


def test_verdicts_are_compared_claim_by_claim(workspace: Workspace) -> None:
    results(workspace, "a")
    found = held(workspace, "a", results(workspace, "b", value=shifted(0.3)))
    (pair,) = found.verdicts
    assert pair.a and pair.b
    assert (pair.a["outcome"], pair.b["outcome"]) == ("reproduced", "contradicted")
    assert pair.is_changed and not pair.is_edited
    assert "1 verdict changed (EX.C1)" in bottom_line(found)


def judged_otherwise(workspace: Workspace, name: str, outcome: str) -> str:
    path = workspace.root / name / "example/verdicts.json"
    content = json.loads(path.read_text())
    content["verdicts"]["EX.C1"]["outcome"] = outcome
    path.write_text(json.dumps(content))
    return name


def test_a_verdict_that_other_seeds_leave_open_is_told_and_is_no_difference(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    judged_otherwise(workspace, "b", "inconclusive")
    assert exit_code("compare", "a", "b", "--margin", "2") == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "no difference found: 1 verdict changed to or from inconclusive on other cells (EX.C1)" in told
    (pair,) = held(workspace, "a", "b", margin=2.0).verdicts
    assert pair.is_changed and not pair.is_different
    assert "yes, on other cells: no evidence of a difference" in as_markdown(held(workspace, "a", "b"))


def test_reproduced_against_contradicted_is_a_difference_on_any_seeds(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    found = held(workspace, "a", judged_otherwise(workspace, "b", "contradicted"), margin=2.0)
    assert found.counts["different"] == 0 and found.is_different
    assert "yes, on other cells: a difference" in as_markdown(found)


def test_any_changed_verdict_on_the_same_cells_is_a_difference(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a")
    results(workspace, "b")
    judged_otherwise(workspace, "b", "inconclusive")
    assert exit_code("compare", "a", "b") == 1
    assert "different: 1 verdict changed (EX.C1)" in capsys.readouterr().out
    assert "yes, on the same cells: a difference" in as_markdown(held(workspace, "a", "b"))


def test_on_which_cells_a_verdict_rests_is_asked_of_the_claim_where_it_is_known(workspace: Workspace) -> None:
    results(workspace, "a", config={"widths": (2, 8, 32)})
    results(workspace, "b")
    judged_otherwise(workspace, "b", "inconclusive")
    (claim,) = find("example", workspace.suites).claims
    fewer = dataclasses.replace(claim, population={"model.width": (2, 32)})

    def is_different(*claims: Claim) -> bool:
        with opened("a", workspace) as left, opened("b", workspace) as right:
            return compare(left, right, margin=1.0, claims={"example": claims}).is_different

    assert not is_different(claim), "it reads a width that one side lacks"
    assert is_different(fewer), "it reads those that both have"
    assert is_different(), "of an unknown one the arms count that both have"


def test_one_seed_on_a_side_is_told_with_what_is_needed(workspace: Workspace) -> None:
    results(workspace, "a", seeds=range(10))
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 21)))
    assert {one.outcome for one in found.numbers} == {"undecided"}
    assert bottom_line(found).endswith("4 are undecided: needed are at least two seeds on each side")
    assert as_markdown(found).count("| at least two seeds on each side |") == 4


def test_that_equivalence_is_not_corrected_is_said_where_it_was_tested(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", seeds=range(20))
    results(workspace, "b", seeds=range(20, 40))
    told = "are not corrected for their number: of numbers that differ by just the margin, about 5 %"
    assert exit_code("compare", "a", "b", "--margin", "2", "--markdown", "c.md") == 0
    assert told in capsys.readouterr().out and told in Path("c.md").read_text()
    assert exit_code("compare", "a", "a") == 0
    assert told not in capsys.readouterr().out, "what is equal bit by bit was not tested"
    assert exit_code("compare", "--help") == 0
    assert "about 5 % pass" in " ".join(capsys.readouterr().out.replace("│", " ").split())


def test_what_differs_in_where_they_come_from_is_named(workspace: Workspace) -> None:
    results(workspace, "a")
    results(workspace, "b", config={"epochs": 3})
    path = workspace.root / "b/example/provenance.json"
    content = json.loads(path.read_text())
    content["versions"]["torch"] = "9.9"
    path.write_text(json.dumps(content))
    facts = {one.fact: (one.a, one.b) for one in held(workspace, "a", "b").origins}
    assert facts["config.epochs"] == ("20", "3")
    assert facts["versions.torch"][1] == "9.9"
    assert "profile" not in facts


def drawn(draw: int, *, seeds: range, n_arms: int, shift: float = 0.0) -> Table:
    """Return a table of one normal number for each of several arms, the last of them shifted."""
    stream = np.random.default_rng(draw)
    rows = [
        {
            "cell": f"{arm}-{seed}", "arm": arm, "seed": seed, "label": "m", "quantity": "value", "index": "",
            "value": stream.standard_normal() + shift * (arm == n_arms - 1), "failed": False, "positive": False,
        }
        for arm in range(n_arms) for seed in seeds
    ]  # fmt: skip
    return Table(rows=pd.DataFrame(rows), arms=tuple({"arm": arm} for arm in range(n_arms)))


def outcomes(draw: int, *, shift: float) -> list[str]:
    a = drawn(2 * draw, seeds=range(10), n_arms=20)
    b = drawn(2 * draw + 1, seeds=range(10, 20), n_arms=20, shift=shift)
    found = numbers.decide(list(numbers.compare("s", a, b, margin=1.0)), margin=1.0)
    return [one.outcome for one in found]


@pytest.mark.slow
def test_a_false_difference_among_twenty_numbers_is_as_rare_as_one_in_twenty() -> None:
    red = sum("different" in outcomes(draw, shift=0.0) for draw in range(40))
    assert red <= 6, "2 are to be expected, and up to 6 in 99 of 100 such tests"


@pytest.mark.slow
def test_a_difference_of_four_standard_deviations_is_found_among_twenty_numbers() -> None:
    found = [outcomes(draw, shift=4.0)[-1] == "different" for draw in range(20)]
    assert sum(found) >= 18


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)


@pytest.fixture
def repository(workspace: Workspace) -> Workspace:
    """A repository in which `first` is published, and dvc.lock names results that are in the cache."""
    results(workspace, "kept")
    shutil.copytree(workspace.root / "kept/example", workspace.reports / "first/results/example")
    (workspace.reports / "first/published.json").write_text("{}")
    outs = []
    for number, name in enumerate(("records.parquet", "verdicts.json", "provenance.json")):
        digest = f"{number:02}{'a' * 30}"
        blob = workspace.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
        blob.parent.mkdir(parents=True)
        shutil.copyfile(workspace.root / "kept/example" / name, blob)
        outs.append({"path": f"results/example/{name}", "md5": digest})
    (workspace.root / "dvc.lock").write_text(json.dumps({"stages": {"run@example": {"outs": outs}}}))
    (workspace.root / ".gitignore").write_text("kept\n.dvc\n")
    git(workspace.root, "init", "-q")
    git(workspace.root, "add", "-A")
    git(workspace.root, "commit", "-qm", "first")
    return workspace


@pytest.mark.parametrize(
    "name", ["kept", "kept/example", "first", "reports/first", "HEAD:first", "HEAD:reports/first", "HEAD"]
)
def test_a_side_is_a_folder_something_published_or_a_revision(name: str, repository: Workspace) -> None:
    found = held(repository, name, "kept")
    assert found.suites == ("example",)
    assert len(found.numbers) == 4 and not found.is_different


def test_a_side_is_a_dvc_experiment_by_its_name(repository: Workspace) -> None:
    git(repository.root, "update-ref", "refs/exps/ab/cdef/larger-steps", "HEAD")
    assert held(repository, "larger-steps", "kept").numbers
    with pytest.raises(NoSource, match="no DVC experiment"):
        held(repository, "larger", "kept")


def test_latest_are_the_results_that_are_here(workspace: Workspace) -> None:
    results(workspace, "results")
    assert held(workspace, "latest", "results").numbers


def test_a_side_stays_what_it_was_at_its_revision(repository: Workspace) -> None:
    shutil.rmtree(repository.reports / "first")
    assert held(repository, "HEAD:first", "kept").numbers


def test_what_is_not_there_is_told_with_its_remedy(repository: Workspace) -> None:
    for name, told in (
        (
            "nowhere",
            "'nowhere' is no folder of results, nothing published (here: first), no Git revision and no",
        ),
        ("HEAD:second", "nothing is published as 'second' at .*; published there: first"),
        ("suites", "suites holds no records.parquet"),
        ("--help", "no Git revision"),
    ):
        with pytest.raises(NoSource, match=told.replace("(", r"\(").replace(")", r"\)")):
            held(repository, name, "kept")
    shutil.rmtree(repository.root / ".dvc")
    with pytest.raises(NoSource, match="not in the DVC cache; fetch what a remote has .* git worktree add"):
        held(repository, "HEAD", "kept")


def test_the_command_is_red_where_something_differs(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    results(workspace, "a", value=shifted(0.3))
    results(workspace, "b", value=shifted(0.4), seeds=range(20, 30))
    assert exit_code("compare", "a", "a") == 0
    assert capsys.readouterr().out.endswith("the same: 4 are the same bit by bit\n")
    assert exit_code("compare", "a", "b", "--markdown", "c.md") == 1
    told = capsys.readouterr().out
    assert "Numbers that differ" in told and told.splitlines()[-1].startswith(
        "different: 2 numbers of 4 differ"
    )
    assert "| suite | arm | number |" in Path("c.md").read_text()
    assert exit_code("compare", "a", "b", "--json") == 1
    content = json.loads(capsys.readouterr().out)
    assert content["is_different"] is True
    assert len(content["numbers"]) == 4
    assert exit_code("compare", "a", "nowhere") == 2
    results(workspace, "c", config={"widths": (1, 16)})
    results(workspace, "d")
    capsys.readouterr()
    assert exit_code("compare", "c", "d") == 2
    assert capsys.readouterr().out.endswith("not comparable: no number is of the same arm on both sides\n")
    assert exit_code("compare", "a", "b", "--margin", "0") == 2


def test_json_and_markdown_hold_no_numbers_that_are_not_finite(workspace: Workspace) -> None:
    def constant(factors: Any, quantity: str, noise: np.random.Generator) -> float:
        return 1.0 if factors["init_seed"] < 20 else 2.0

    results(workspace, "a", value=constant)
    found = held(workspace, "a", results(workspace, "b", seeds=range(20, 30), value=constant))
    assert {one.outcome for one in found.numbers} == {"different"}, "nothing varies, so any difference is one"
    json.dumps(as_json(found), allow_nan=False)
    assert "inf" in as_markdown(found)
