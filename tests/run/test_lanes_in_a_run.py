"""A run of many lanes tells of every network, and lets none suffer for another."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from benchmark.results.provenance import read_provenance
from benchmark.run.complete import Outcome, complete
from benchmark.run.events import Event
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import plan
from tests import root

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forked")]
folder = SuiteFolder(path=root / "tests" / "faults" / "lanes_suite")


def ran(path: Path, *, n_workers: int = 1, **options: Any) -> tuple[Outcome, list[Event]]:
    config = dataclasses.replace(folder.suite.profiles["ci"], seeds=tuple(range(6)), **options)
    events: list[Event] = []
    outcome = complete(
        plan(folder, profile="ci", config=config),
        Workspace(path),
        device="cpu",
        n_workers=n_workers,
        on_event=events.append,
    )
    return outcome, events


@pytest.mark.parametrize("n_workers", [1, 2])
def test_every_network_is_told_of_as_it_ends_and_the_time_left_is_that_of_single_cells(
    n_workers: int, tmp_path: Path
) -> None:
    outcome, events = ran(tmp_path, n_workers=n_workers)
    assert outcome.by_status == {"done": 6} and outcome.n_computed == 12
    told = [event for event in events if event.kind in ("cell", "measure")]
    assert sorted(event.n_done for event in told) == list(range(1, 13)) and told[-1].n_total == 12
    assert len({event.text for event in told if event.kind == "cell"}) == 6
    assert all((event.seconds_left is None) == (event.n_done < 3) for event in told)
    assert told[-1].seconds_left == 0


def test_one_that_diverges_and_one_that_raises_are_their_own_rows(tmp_path: Path) -> None:
    outcome, _ = ran(tmp_path, diverging=True, raising=True)
    assert outcome.by_status == {"done": 5, "diverged": 1, "failed": 1}
    ((_, reason),) = outcome.failures
    assert reason.startswith("ArithmeticError: these digits cannot be drawn (lanes_suite/suite.py, line")


def test_one_that_kills_its_worker_takes_no_other_down(tmp_path: Path) -> None:
    outcome, _ = ran(tmp_path, deadly=True)
    assert outcome.by_status == {"done": 6, "failed": 1}
    assert outcome.failures[0][1] == "worker died 3 times (exit code 9)"


def test_seconds_of_networks_are_shares_of_the_time_that_they_took_together(tmp_path: Path) -> None:
    outcome, _ = ran(tmp_path)
    seconds = [cell["seconds"] for cell in read_provenance(outcome.results)["cells"].values()]
    assert all(each > 0 for each in seconds) and sum(seconds) <= outcome.seconds
