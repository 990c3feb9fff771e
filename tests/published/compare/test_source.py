"""The sides of a comparison: folders, what is published, revisions."""

from __future__ import annotations

import json
import shutil

import pytest

from benchmark.published.compare.source import NoSource
from benchmark.store.workspace import Workspace
from tests.git import git
from tests.published.compare.two_results import held, results


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
