"""Arms of two results: which are the same, and which are on one side alone."""

from __future__ import annotations

from benchmark.published.compare.sections import as_markdown, bottom_line
from benchmark.store.workspace import Workspace
from tests.published.compare.two_results import held, results


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
