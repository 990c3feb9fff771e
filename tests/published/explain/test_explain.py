"""The gap ladder: which results lie between the paper's number and ours, and what changes from one to the next."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmark.published.explain.folds import Fold, folded, outcome
from benchmark.published.explain.ladder import explain, results_of
from benchmark.published.explain.ladder_text import Ladder, as_json, as_markdown, as_text, bottom_line
from benchmark.published.explain.ranges import listed
from benchmark.published.explain.rungs import Rung, cells_of, family
from benchmark.published.explain.settings import Change, aspect_of, changes, settings_of
from benchmark.published.explain.steps import Step, climb
from benchmark.published.explain.swept import swept_factors
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder, available, find
from benchmark.suite.plan import plan
from tests import root
from tests.command_line import exit_code
from tests.made_results import write_results

analogue = """

def digits(claim: Claim) -> Claim:
    return dataclasses.replace(claim, id=f"{claim.id}-digits", of=claim.id, scope=Scope(data=("Digits",)))


def by_norm(claim: Claim) -> Claim:
    reduce = difference(Number(measure="weight_norm", quantity="all"), factor="model.width", first="max", second="min")
    leg = dataclasses.replace(claim.leg, reduce=reduce, bounds=None)
    return dataclasses.replace(claim, id=f"{claim.id}-norm", legs=(leg,))


claims = (dataclasses.replace(claims[0], scope=Scope(data=("CIFAR10",))), digits(claims[0]), by_norm(digits(claims[0])))
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The example suite, with the claim of a paper on CIFAR-10 and two analogues on digits."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(root / "benchmark/cli/template/suites/example", tmp_path / "suites/example")
    path = tmp_path / "suites/example/claims.py"
    imports = "import dataclasses\n\nfrom benchmark.stats.claim import Claim, Scope\n"
    text = path.read_text().replace("import annotations\n", f"import annotations\n\n{imports}", 1)
    path.write_text(text + analogue)
    (tmp_path / "params.yaml").write_text("suites: {example: {}}\n")
    return Workspace(tmp_path)


def run(workspace: Workspace, place: str = "results", *, profile: str = "ci", **changed: Any) -> None:
    example = find("example", workspace.suites)
    config = dataclasses.replace(example.suite.profiles[profile], **{"seeds": tuple(range(10)), **changed})
    write_results(workspace.root / place, example, config=config, profile=profile)


def ladder_of(workspace: Workspace, claim: str = "EX.C1") -> Ladder:
    example = find("example", workspace.suites)
    found = next(one for one in example.claims if one.id == claim)
    return explain(found, example, results_of(workspace, "example"))


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


def test_what_a_claim_compares_is_part_of_its_definition(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[1]
    settings = settings_of(claim, [{"data": "Digits", "width": width, "profile": "ci"} for width in (2, 8)])
    assert settings is not None
    assert settings["definition"] == ("performance test_error (two arms over width)",)


def test_what_was_not_run_is_told_with_the_command_that_would(workspace: Workspace) -> None:
    ladder = ladder_of(workspace)
    assert bottom_line(ladder) == "nothing of this claim's family has been run here"
    text = as_text(ladder)
    assert "EX.C1: lossbench run example --profile full --results results-full" in text
    assert "EX.C1-digits, EX.C1-digits-norm: lossbench run example --profile small" in text


def test_the_farthest_move_is_sought_among_effects_in_the_unit_of_the_claim(workspace: Workspace) -> None:
    claim = next(one for one in find("example", workspace.suites).claims if one.id == "EX.C1-digits")

    def step(effect: float, unit: str, start: Step | None = None, *, aspect: str = "model") -> Step:
        verdict = {"outcome": "reproduced", "effect": effect, "unit": unit}
        rung = Rung(claim=claim.id, where="latest", settings={}, verdict=verdict, profile="", command="")
        changed = (Change(aspect=aspect, before="a", after="b"),) if start else ()
        return Step(rung=rung, start=start.rung if start else None, changes=changed)

    first, loss = step(0.3, claim.unit), step(1.0, "nats")
    near, far = step(0.31, claim.unit, first), step(0.35, claim.unit, first, aspect="data")
    steps = [first, near, far, loss, step(5.0, "nats", loss, aspect="definition")]
    line = bottom_line(Ladder(claim=claim, suite="example", steps=steps, splits=[()] * len(steps), open=()))
    assert line.endswith("of single changes that of step 3 (data) moves the effect farthest")


def test_confounded_steps_are_listed(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[0]
    changed = tuple(Change(aspect=aspect, before="a", after="b") for aspect in ("data", "model"))
    rungs = [
        Rung(claim=claim.id, where=where, settings={}, verdict={}, profile="", command="")
        for where in ("paper", "x", "y")
    ]
    steps = [
        Step(rung=rung, start=start, changes=changed if start else ())
        for rung, start in zip(rungs, [None, *rungs], strict=False)
    ]
    ladder = Ladder(claim=claim, suite="example", steps=steps, splits=[(), (), ()], open=())
    assert bottom_line(ladder).startswith("what steps 2 and 3 change is confounded")


def test_a_result_between_two_steps_would_split_them(workspace: Workspace) -> None:
    def rung(where: str, **settings: str) -> Rung:
        values = {name: (value,) for name, value in settings.items()}
        return Rung(claim="X.C1", where=where, settings=values, verdict={}, profile="", command="")

    paper = rung("paper", data="a", model="a", start="a")
    ours = rung("latest", data="b", model="b", start="b")
    between = rung("", data="b", model="a", start="a")
    beyond = rung("", data="c", model="c", start="c")
    steps, _ = climb([paper, ours, between, beyond])
    assert [step.splits for step in steps] == [(), (between,)]


def test_cells_of_a_matrix_are_told_where_they_change_one_thing(workspace: Workspace) -> None:
    def rung(*, of_matrix: bool, **settings: str) -> Rung:
        values = {name: (value,) for name, value in settings.items()}
        return Rung(
            claim="X.C1-a",
            where="latest",
            settings=values,
            verdict={},
            profile="",
            command="",
            variant=(settings["definition"], settings["tuned"]) if of_matrix else None,
        )

    base = rung(of_matrix=False, definition="a", tuned="fixed")
    same = rung(of_matrix=True, definition="a", tuned="fixed")
    other = rung(of_matrix=True, definition="b", tuned="fixed")
    both = rung(of_matrix=True, definition="b", tuned="tuned")
    steps, left_out = climb([base, same, other, both])
    assert [step.rung.name for step in steps] == ["X.C1-a", "X.C1-a [b; fixed]"]
    assert left_out == 1


swept = ("training.lr", "training.momentum", "training.nesterov")
fixed_settings = {
    "training": ("SGD",), "training.lr": ("0.1",), "training.momentum": ("0",), "training.nesterov": ("False",),
    "training.schedule": ("step",), "tuned": ("fixed",),
}  # fmt: skip
tuned_settings = {
    **fixed_settings, "training.lr": ("0.03", "0.3"), "training.momentum": ("0.6",), "training.nesterov": ("True",),
    "tuned": swept,
}  # fmt: skip


def test_tuned_hyperparameters_are_one_thing_whatever_their_values() -> None:
    (change,) = changes(fixed_settings, tuned_settings)
    assert change.aspect == "tuned or fixed hyperparameters"
    assert (change.before, change.after) == ("fixed", "tuned (lr, momentum, nesterov)")


def test_what_no_sweep_moves_is_told_of_tuned_networks_too() -> None:
    other = {**tuned_settings, "training": ("Adam",), "training.schedule": ("constant",)}
    told = {change.aspect: (change.before, change.after) for change in changes(fixed_settings, other)}
    assert told.keys() == {"tuned or fixed hyperparameters", "optimizer", "learning rate"}
    assert told["optimizer"] == ("SGD", "Adam")
    assert told["learning rate"] == ("schedule step", "schedule constant")


def test_momentum_is_told_between_networks_that_are_both_fixed() -> None:
    other = {**fixed_settings, "training.momentum": ("0.9",)}
    assert [change.aspect for change in changes(fixed_settings, other)] == ["optimizer"]


@pytest.mark.parametrize(
    ("name", "moved"),
    [("depth_skip_connections", swept), ("batch_size_sharpness", swept[:1]), ("width", swept[:1])],
)
def test_a_sweep_moves_what_its_space_names_and_what_comes_with_it(name: str, moved: tuple[str, ...]) -> None:
    suite = find(name, root / "suites").suite
    assert swept_factors(suite, suite.profiles["ci"]) == moved


def test_a_suite_without_a_sweep_moves_nothing(workspace: Workspace) -> None:
    suite = find("example", workspace.suites).suite
    assert swept_factors(suite, suite.profiles["ci"]) is None


def test_a_sweep_that_was_answered_moves_only_what_is_in_force_elsewhere_than_the_default() -> None:
    suite = find("depth_skip_connections", root / "suites").suite
    assert suite.sweep is not None
    config = suite.profiles["ci"]
    points = {arm: dict(suite.sweep.default(config, arm)) for arm in suite.sweep.arms(config)}
    kept_all = tuple((arm, name, value) for arm, point in points.items() for name, value in point.items())
    assert swept_factors(suite, dataclasses.replace(config, tuned=kept_all)) == ()
    moved = tuple((arm, name, 2 * value if name == "lr" else value) for arm, name, value in kept_all)
    assert swept_factors(suite, dataclasses.replace(config, tuned=moved)) == swept[:1]


def test_a_sweep_that_kept_every_default_is_told_as_such(workspace: Workspace) -> None:
    claim = dataclasses.replace(find("example", workspace.suites).claims[1], population={"tuned": True})
    cells = [{"data": "Digits", "width": width, "profile": "ci", "tuned": True} for width in (2, 8)]
    unknown, settings = (settings_of(claim, cells, swept=moved) for moved in (None, ()))
    assert unknown is not None and unknown["tuned"] == ("tuned",)
    assert settings is not None
    (change,) = changes({**settings, "tuned": ("fixed",)}, settings)
    assert (change.before, change.after) == ("fixed", "tuned, and every default kept")


def test_a_claim_on_tuned_networks_names_what_is_swept(workspace: Workspace) -> None:
    claim = dataclasses.replace(find("example", workspace.suites).claims[1], population={"tuned": True})
    cells = [{"data": "Digits", "width": width, "profile": "ci", "tuned": True} for width in (2, 8)]
    settings = settings_of(claim, cells, swept=swept)
    assert settings is not None and settings["tuned"] == swept


matrix = """

from benchmark.stats.claim import Leg
from benchmark.stats.matrix import DefinitionMatrix
from benchmark.stats.reduce import kendall_tau

numbers = {"trend": test_error, "trend of the norm": Number(measure="weight_norm", quantity="all")}
definitions = (DefinitionMatrix(
    claim="EX.C1-digits",
    columns={"any width": {}},
    rows={
        name: (
            Leg(reduce=kendall_tau(number, factor="model.width"), direction="less", smallest_effect=0.1, unit="tau"),
        )
        for name, number in numbers.items()
    },
),)
"""


@pytest.fixture
def with_matrix(workspace: Workspace) -> Workspace:
    """The same suite, with two other definitions of the claim on digits."""
    path = workspace.suites / "example/claims.py"
    text = path.read_text()
    path.write_text(text + matrix)
    run(workspace)
    return workspace


def test_variants_of_a_definition_are_one_line_unless_all_are_asked_for(
    with_matrix: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code("explain", "EX.C1", "--markdown", "l.md") == 0
    text = capsys.readouterr().out
    (fold,) = [line for line in text.splitlines() if "EX.C1-digits [" in line]
    assert fold.startswith("3 and 4. latest: EX.C1-digits [2 definitions; any width]: 1 of 2 reproduced, ")
    assert "; effects -1 to " in fold and fold.endswith(" tau")
    assert "   from 2, one thing changes in each: definition" in text
    assert "--all lists each" in text and "--all lists each" in Path("l.md").read_text()
    assert exit_code("explain", "EX.C1", "--all") == 0
    every = capsys.readouterr().out
    assert every.count("latest: EX.C1-digits [") == 2 and "--all" not in every
    assert exit_code("explain", "EX.C1", "--json") == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert sum("[" in step["claim"] for step in steps) == 2


def variant(row: str, effect: float | None, outcome: str, *, unit: str = "nats", column: str = "a") -> Step:
    verdict = {"outcome": outcome, "effect": effect, "unit": unit}
    start = Rung(claim="X.C1", where="latest", settings={}, verdict={}, profile="", command="")
    rung = dataclasses.replace(start, verdict=verdict, variant=(row, column))
    return Step(rung=rung, start=start, changes=(Change(aspect="definition", before="a", after=row),))


def test_a_fold_says_how_many_hold_and_the_range_of_effects() -> None:
    steps = [
        variant("p", 0.3, "reproduced"), variant("q", -0.25, "contradicted"), variant("r", None, "inconclusive"),
        variant("s", 2.0, "reproduced", unit="log ratio"), variant("p", 1.0, "reproduced", column="b"),
    ]  # fmt: skip
    fold, single = folded(steps)
    assert isinstance(fold, Fold) and fold.steps == tuple(steps[:4])
    assert single is steps[4], "a column of one variant is that step"
    assert outcome(fold) == (
        "2 of 4 reproduced, 1 contradicted, 1 inconclusive; effects -0.25 to 0.3 nats and 2 to 2 log ratio"
    )


@pytest.mark.parametrize(
    ("numbers", "text"), [([4], "4"), ([2, 3], "2 and 3"), ([3, 5, 6, 7, 10], "3, 5 to 7 and 10")]
)
def test_numbers_of_steps_are_listed_with_ranges(numbers: list[int], text: str) -> None:
    assert listed(numbers) == text


@pytest.mark.parametrize(
    ("factor", "aspect"),
    [
        ("data.n_train", "data"), ("data.split_seed", None), ("model.width", "model"), ("arm", None),
        ("training.momentum", "optimizer"), ("training.stop_at_loss", "stop rule"), ("start.parents", None),
        ("start.step", "start"), ("init_seed", None),
    ],
)  # fmt: skip
def test_factors_are_about_aspects(factor: str, aspect: str | None) -> None:
    assert aspect_of(factor) == aspect


def test_a_family_is_the_paper_s_claim_and_its_analogues(workspace: Workspace) -> None:
    claims = find("example", workspace.suites).claims
    assert [one.id for one in family(claims, claims[2])] == [
        "EX.C1", "EX.C1-digits", "EX.C1-digits-norm",
    ]  # fmt: skip


@pytest.mark.parametrize("other", ["EX.C10", "EX1.C1", "EX.C1-digits"])
def test_an_id_that_begins_alike_is_of_another_family(workspace: Workspace, other: str) -> None:
    own, analogue, _ = find("example", workspace.suites).claims
    stranger = dataclasses.replace(own, id=other)
    assert [one.id for one in family([own, stranger], own)] == ["EX.C1"]
    assert family([stranger, analogue, own], analogue) == [own, analogue]


def test_an_analogue_is_explained_as_far_as_it_leads_there(workspace: Workspace) -> None:
    run(workspace)
    assert [step.rung.claim for step in ladder_of(workspace, "EX.C1-digits").steps] == [
        "EX.C1",
        "EX.C1-digits",
    ]
    assert len(ladder_of(workspace, "EX.C1-digits-norm").steps) == 3


def test_settings_out_of_scope_are_none(workspace: Workspace) -> None:
    claim = find("example", workspace.suites).claims[0]
    assert settings_of(claim, [{"data": "Digits", "model.width": 2, "profile": "ci"}]) is None


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


every_suite = [find(name, root / "suites") for name in available(root / "suites")]


@pytest.mark.parametrize("folder", every_suite, ids=lambda folder: folder.name)
def test_some_profile_decides_something_of_every_family(folder: SuiteFolder) -> None:
    profiles = folder.suite.profiles.items()
    planned = [cells_of(plan(folder, profile=profile, config=config)) for profile, config in profiles]
    for first in {claim.root: claim for claim in folder.claims}.values():
        members = family(folder.claims, first)
        assert any(settings_of(claim, cells) for claim in members for cells in planned), first.root


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
