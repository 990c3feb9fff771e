"""From `lossbench sweep` to the records of `lossbench run`, where it is known what pays and what does not."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import copytree
from typing import Any

import pandas as pd
import pytest

from benchmark.results import records
from tests import root

pytestmark = pytest.mark.slow
here = Path(__file__).parent


Say = Callable[..., str]


@pytest.fixture(scope="module")
def lossbench(commands: Path) -> Say:
    """Return what a command says on standard output, the network beside the workers left out."""
    return functools.partial(said_by, commands / "lossbench")


def said_by(command: Path, workspace: Path, *words: str) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith("LOSSBENCH")}
    done = subprocess.run(
        [command, *words, "-j", "1", "--device", "cpu"],
        cwd=workspace,
        env={**env, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    copytree(here / "planted", folder / "suites" / "planted", ignore=lambda *_: ["__pycache__"])
    (folder / "params.yaml").write_text("profile: ci\nsuites:\n  planted: {}\n")
    return folder


@pytest.fixture(scope="module")
def said(lossbench: Say, workspace: Path) -> str:
    """What the sweep says; best.json is there then."""
    return lossbench(workspace, "sweep", "planted")


@pytest.fixture(scope="module")
def studies(workspace: Path, said: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((workspace / "results" / "planted" / "best.json").read_text())
    return dict(found["studies"])


@pytest.fixture(scope="module")
def cells(lossbench: Say, workspace: Path, studies: Mapping[str, Any]) -> pd.DataFrame:
    """The factors of the cells that a run of the suite has put into its records."""
    lossbench(workspace, "run", "planted", "--no-tracking")
    rows = records.read(workspace / "results" / "planted" / "records.parquet")
    return rows.assign(cell=rows["cells"].map(lambda keys: keys[0])).drop_duplicates("cell")


def test_a_point_that_wins_by_far_replaces_the_default(studies: Mapping[str, Any]) -> None:
    slow = studies["slow"]
    assert slow["reason"] == "improves" and slow["gain"] > 2 * slow["standard_error"]
    assert slow["chosen"] == slow["best"] and slow["chosen"]["point"] != slow["default"]


def test_a_point_that_wins_by_luck_leaves_the_default_in_force(studies: Mapping[str, Any]) -> None:
    alike = studies["alike"]
    assert alike["reason"] == "within_noise" and 0 < alike["gain"] <= 2 * alike["standard_error"]
    assert alike["best"]["number"] > 0 and alike["best"]["value"] < alike["chosen"]["value"]
    assert alike["chosen"]["number"] == 0 and alike["chosen"]["point"] == alike["default"]


def test_the_command_says_which_arm_moved_and_which_did_not(said: str) -> None:
    text = " ".join(said.split())
    assert "slow moved: the best point's gain" in text
    assert "alike kept the default: the best point's gain" in text and "not above two standard errors" in text


def test_an_arm_that_kept_its_default_has_no_cells_of_its_own(cells: pd.DataFrame) -> None:
    n = cells.groupby(["arm", "tuned"])["seed"].nunique().to_dict()
    assert n == {
        ("slow", True): 2,
        ("slow", False): 2,
        ("alike", True): 2,
    }  # the fixed cells are the tuned ones
    assert len(cells) == 6


def test_a_second_sweep_chooses_the_same(lossbench: Say, workspace: Path, studies: Mapping[str, Any]) -> None:
    path = workspace / "results" / "planted" / "best.json"
    before = path.read_bytes()
    lossbench(workspace, "sweep", "planted")
    assert path.read_bytes() == before
