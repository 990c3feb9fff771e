"""Two clones reproduce a commit on one machine: what DVC hashes is the same, so that `git status` stays clean."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmark.report.pages import clocks
from benchmark.results.provenance import read_provenance
from tests.command_line import exit_code

pytestmark = pytest.mark.slow
ignored = {"clocks.js", "invocation.json"}
small = {"seeds": "[0, 1]", "widths": "[2, 3]", "epochs": "2"}


def run(folder: Path, *words: str, **environment: str) -> str:
    """Run a command, with a run store of the folder's own."""
    settings = {
        **os.environ,
        "LOSSBENCH_RUNS": str(folder / "runs"),
        "DVC_NO_ANALYTICS": "1",
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        **{
            f"GIT_{who}_{what}": "nobody@example.org"
            for who in ("AUTHOR", "COMMITTER")
            for what in ("NAME", "EMAIL")
        },
        **environment,
    }
    done = subprocess.run(words, cwd=folder, env=settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def surroundings(commands: Path) -> Iterator[None]:
    """`lossbench` and `dvc` that start by fork."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PATH", f"{commands}{os.pathsep}{os.environ['PATH']}")
        yield


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def commit(folder: Path, why: str) -> None:
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", why)


@pytest.fixture(scope="module")
def first(surroundings: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose results were made from a dirty tree, and committed."""
    folder = tmp_path_factory.mktemp("first") / "project"
    assert exit_code("init", str(folder)) == 0
    params = folder / "params.yaml"
    for knob, value in small.items():
        replace(params, f"{knob}: null", f"{knob}: {value}")
    run(folder, "git", "init", "-q")
    run(folder, "dvc", "init", "-q")
    commit(folder, "first")
    (folder / "draft.txt").write_text("not committed yet")
    run(folder, "dvc", "repro", "-q")
    commit(folder, "results")
    return folder


@pytest.fixture(scope="module")
def second(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone, in which some of the networks were trained by another command before."""
    folder = tmp_path_factory.mktemp("a second one") / "clone"
    run(first.parent, "git", "clone", "-q", str(first), str(folder))
    run(folder, "lossbench", "run", "example", "--seeds", "1", "-j", "1", "--results", "elsewhere")
    shutil.rmtree(folder / "elsewhere")
    run(folder, "dvc", "repro", "-q")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """Return what is in results and in the latest report, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in ("results", "reports/latest")
        for path in (folder / place).rglob("*")
        if path.is_file() and path.name not in ignored
    }


def test_a_clone_reproduces_every_byte_and_its_tree_is_clean(first: Path, second: Path) -> None:
    assert contents(second) == contents(first)
    assert (second / "dvc.lock").read_bytes() == (first / "dvc.lock").read_bytes()
    assert run(second, "git", "status", "--porcelain") == ""


def test_the_two_runs_were_not_the_same(first: Path, second: Path) -> None:
    one, other = (read_provenance(folder / "results/example") for folder in (first, second))
    assert one["git"]["dirty"] and not other["git"]["dirty"]
    assert one["git"]["sha"] != other["git"]["sha"] and one["started"] != other["started"]
    assert {cell["cached"] for cell in one["cells"].values()} == {False}
    assert {cell["cached"] for cell in other["cells"].values()} == {False, True}
    texts = [clocks.read(folder / "reports/latest/clocks.js") for folder in (first, second)]
    assert texts[0].keys() == texts[1].keys() and texts[0] != texts[1]


def test_going_back_is_restored_and_ends_clean(second: Path) -> None:
    params = second / "params.yaml"
    replace(params, "epochs: 2", "epochs: 3")
    run(second, "dvc", "repro", "-q")
    other = read_provenance(second / "results/example")
    replace(params, "epochs: 3", "epochs: 2")
    assert "Running stage 'run@example'" not in run(second, "dvc", "repro")
    assert run(second, "git", "status", "--porcelain") == ""
    back = read_provenance(second / "results/example")
    assert back["config"]["epochs"] == 2 and other["config"]["epochs"] == 3
    assert "started" not in back  # that of the other run is beside it, and not taken for its own
