"""Every planted fault turns `lossbench check` red where it should; a comment does not, and costs nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import root
from tests.faults.planted import Planted, faults, matching, surface, training

pytestmark = pytest.mark.slow
Check = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the code, beside the published baseline, to be broken."""
    baseline = root / "reports" / "baseline"
    if not (baseline / "published.json").is_file():
        pytest.fail(
            f"there is no {baseline}; planted faults are found by comparison with it. Make it: make repro, then "
            "lossbench publish baseline --why '...'"
        )
    for folder in ("benchmark", "suites"):
        shutil.copytree(root / folder, tmp_path / folder)  # with bytecode, or every test compiles the project
    shutil.copyfile(root / "params.yaml", tmp_path / "params.yaml")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "baseline").symlink_to(baseline)
    return tmp_path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run store for all copies, for it knows code by its hash: what a fault does not touch is computed once."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def check(tree: Path, runs: Path, commands: Path) -> Check:
    """Call `lossbench check --run` in the copy; gives exit code, what it wrote as JSON, and what it said."""

    def call(suite: str, *words: str, runs: Path = runs) -> tuple[int, dict[str, Any], str]:
        options = ["--run", "--seeds", "0", "--json", "found.json", "--device", "cpu", "-j", "1"]
        done = subprocess.run(
            [commands / "lossbench", "check", suite, *options, *words],
            cwd=tree,
            env={
                **os.environ,
                "PYTHONPATH": str(tree),
                "LOSSBENCH_RUNS": str(runs),
                "OMP_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        found = tree / "found.json"
        said = done.stdout + done.stderr
        return done.returncode, json.loads(found.read_text())["suites"][suite] if found.exists() else {}, said

    return call


def edit(tree: Path, file: str, old: str, new: str) -> None:
    path = tree / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, (
        f"{file} has {text.count(old)} times {old!r}; the code has changed: edit tests/faults/planted.py"
    )
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("suite", "only"),
    [("batch_size_sharpness", training), ("depth_skip_connections", surface), ("width", matching)],
)
def test_without_a_fault_the_same_cells_are_as_in_the_baseline(suite: str, only: str, check: Check) -> None:
    planted = {fault.measure or fault.label for fault in faults if (fault.suite, fault.only) == (suite, only)}
    words = [word for measure in sorted({"history", *planted}) for word in ("--measure", measure)]
    code, found, said = check(suite, "--only", only, *words)
    assert code == 0, said
    assert found["n_numbers"] > 0 and not found["differences"]


@pytest.mark.parametrize("fault", faults, ids=str)
def test_check_finds_a_planted_fault(fault: Planted, tree: Path, check: Check) -> None:
    edit(tree, fault.file, fault.old, fault.new)
    code, found, said = check(fault.suite, "--only", fault.only, "--measure", fault.measure or fault.label)
    assert code == 1, f"nobody noticed: {said}"
    red = [
        each
        for each in found["differences"]
        if each["label"] == fault.label and each["quantity"] in (fault.quantity or each["quantity"])
    ]
    assert red, f"{fault.label} {fault.quantity} is not red: {found['differences_by_measure']}"
    for factor in fault.only.split(","):
        assert all(factor in each["cell"].split() for each in red), (factor, red[0])
    assert all(each["seed"] == 0 and each["suite"] == fault.suite for each in red)
    words = " ".join(said.split())
    assert all(part in words for part in (fault.label, red[0]["cell"], fault.told))


def test_a_comment_computes_nothing_again(tree: Path, check: Check) -> None:
    words = ("--only", "arm=width,width=4,member=first", "--measure", "weight_norm", "--measure", "history")
    store = tree / "runs"
    code, found, said = check("width", *words, runs=store)
    assert (code, found["n_computed"] > 0) == (0, True), said
    edit(tree, "benchmark/cells/training/sgd_update.py", "class SGDUpdate:", "# a comment\nclass SGDUpdate:")
    edit(tree, "benchmark/measures/weight_norm.py", "from __future__", "# another\n\nfrom __future__")
    edit(tree, "suites/width/suite.py", "full = Config(\n", "full = Config(  # a third one\n")
    code, found, said = check("width", *words, runs=store)
    assert (code, found["n_computed"]) == (0, 0), said


def test_faults_have_names_of_their_own_and_are_many() -> None:
    assert len({fault.name for fault in faults}) == len(faults) >= 14
