"""Damage to what is published is found, and what changed since is a note."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.published.verify import verify
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import available, find
from tests import root
from tests.made_results import write_results
from tests.published.frozen.frozen_example import config_of, edit, freeze, rewrite, show, suites_of


def damages(workspace: Workspace, folder: Path) -> list[str]:
    return [one.text for one in verify(folder, suites_of(workspace)) if one.is_damage]


def notes(workspace: Workspace, folder: Path) -> list[str]:
    return [one.text for one in verify(folder, suites_of(workspace)) if not one.is_damage]


def test_what_was_just_published_is_intact(workspace: Workspace) -> None:
    assert verify(freeze(workspace), suites_of(workspace)) == []


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
    show(workspace)
    folder = freeze(workspace, allowed_failures=2)
    assert damages(workspace, folder) == []
    rewrite("published.json", lambda content: content.update(allowed_failures=1))(folder)
    assert damages(workspace, folder) == ["2 networks or measures failed, which was not declared"]


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in (root / "reports").glob("*/published.json"))
)
def test_what_this_repository_published_is_intact(folder: Path) -> None:
    suites = {name: find(name, root / "suites") for name in available(root / "suites")}
    assert [one.text for one in verify(folder, suites) if one.is_damage] == []
