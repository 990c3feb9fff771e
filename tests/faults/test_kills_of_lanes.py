"""A run that is killed with twenty networks under way ends with the bytes of one that trained them one by one."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark.run import pool
from tests.faults.test_kills import contents, run_by

interval = 10  # steps between two saved states, as in run_tiny.py
n_lanes = 20
Run = Callable[..., Any]


@pytest.fixture
def run(commands: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the suite of twenty lanes in a workspace."""
    monkeypatch.setenv("SUITE", "lanes_suite")
    return functools.partial(run_by, commands / "python")


@pytest.fixture(scope="module")
def uninterrupted(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workspace = tmp_path_factory.mktemp("uninterrupted lanes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SUITE", "lanes_suite")
        outcome = run_by(commands / "python", workspace)
    assert outcome.returncode == 0, outcome.stderr
    assert len(list(workspace.glob("runs/*/*/*/done.json"))) == n_lanes
    return workspace


def begun(workspace: Path) -> list[list[int]]:
    """Return the steps at which attempts began, of every network."""
    paths = workspace.glob("runs/*/*/*/attempts.jsonl")
    facts = [[json.loads(line) for line in path.read_text().splitlines()] for path in paths]
    return [[one["began_at"] for one in of_cell if "began_at" in one] for of_cell in facts]


def test_twenty_networks_are_under_way_together(run: Run, tmp_path: Path) -> None:
    run(tmp_path, f"step:{n_lanes}:parent")  # the first of the second step
    assert begun(tmp_path) == [[0]] * n_lanes


@pytest.mark.parametrize(
    "kill_at",
    [
        f"step:{n_lanes * 23 + 7}:worker",  # seven have counted the step, and none has saved it
        f"step:{n_lanes * 31}:parent",
        f"state-rename:{n_lanes + 5}:worker",  # five have a state of step 20, and fifteen of step 10
        f"state-rename:{2 * n_lanes + 12}:parent",
        "commit:3:worker",  # three have ended
    ],
)
def test_killed_with_twenty_networks_under_way_each_goes_on_from_its_own_state(
    kill_at: str, run: Run, uninterrupted: Path, tmp_path: Path
) -> None:
    first = run(tmp_path, kill_at)
    assert not (tmp_path / "token").exists(), f"nothing was killed at {kill_at}: {first.stderr}"
    if kill_at.endswith("parent"):
        assert run(tmp_path).returncode == 0
    assert contents(tmp_path) == contents(uninterrupted)
    assert not list(tmp_path.rglob("*.tmp"))
    resumed = [steps for steps in begun(tmp_path) if len(steps) > 1]
    assert len(resumed) >= n_lanes - 3 and all(later > 0 for _, later in resumed)
    n_steps, n_least = ((path / "steps").stat().st_size for path in (tmp_path, uninterrupted))
    assert n_steps <= n_least + n_lanes * (interval + 1)


def test_networks_one_by_one_and_by_two_workers_have_the_same_bytes(
    run: Run, uninterrupted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path / "two", n_workers=2).returncode == 0
    assert contents(tmp_path / "two") == contents(uninterrupted)
    monkeypatch.setenv("MOST_TOGETHER", "1")
    assert run(tmp_path / "one", n_workers=1).returncode == 0
    assert contents(tmp_path / "one") == contents(uninterrupted)
    assert pool.most_together >= n_lanes, "what this is held against was not trained together"
