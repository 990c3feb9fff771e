"""Running a suite: what reaches the completion, where results go, dry runs and signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark.run import complete as completion
from benchmark.run import events
from tests.command_line import Lossbench


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the runner by one that notes what it is asked."""
    asked: list[dict[str, Any]] = []

    def complete(
        plan: Any, workspace: Any, *, on_event: Any, results: Path, **options: Any
    ) -> completion.Outcome:
        asked.append({"plan": plan, "results": results, **options})
        on_event(events.Event(kind="cell", n_done=1, n_total=1, text="width=2 [seed=0]", seconds_left=0.0))
        return completion.Outcome(
            n_cells=2,
            by_status={"done": 1, "failed": 1},
            failures=[("width=2 seed=0", "a planted failure")],
            n_computed=1,
            seconds=1.0,
            results=results,
        )

    monkeypatch.setattr(completion, "complete", complete)
    return asked


def test_run_asks_the_runner_for_the_profile_with_overrides(
    lossbench: Lossbench, completed: list[dict[str, Any]]
) -> None:
    words = ["run", "example", "--set", "widths=[3, 5]", "--seeds", "0-2", "-j", "2", "--device", "cpu"]
    code, out, err = lossbench(*words, "--results", "tried out", "--no-tracking")
    assert code == 0
    (asked,) = completed
    config = asked["plan"].config
    assert (config.widths, config.seeds, asked["n_workers"]) == ((3, 5), (0, 1, 2), 2)
    assert asked["command"] == "lossbench run example --set 'widths=[3, 5]' --seeds 0-2"
    assert out.startswith(f"results: {asked['results']}\n")
    assert "failed: width=2 seed=0: a planted failure" in out
    assert out.rstrip().endswith("next: lossbench judge example --results 'tried out'")
    assert "width=2 [seed=0]" in err


def test_run_prints_nothing_but_json_when_asked(
    lossbench: Lossbench, completed: list[dict[str, Any]]
) -> None:
    code, out, _ = lossbench("run", "example", "--json", "--no-tracking")
    assert code == 0
    assert json.loads(out)["by_status"] == {"done": 1, "failed": 1}


def test_a_run_without_options_writes_the_workspace_s_results(
    lossbench: Lossbench, completed: list[dict[str, Any]], workspace: Path
) -> None:
    code, out, _ = lossbench("run", "example", "--no-tracking")
    assert code == 0
    assert completed[0]["results"] == workspace / "results" / "example"
    assert out.rstrip().endswith("next: lossbench judge example")
    assert lossbench("run", "example", "--seeds", "0-9", "--profile", "ci", "--no-tracking")[0] == 0


@pytest.mark.parametrize("words", [["--profile", "small"], ["--seeds", "0-2"], ["--set", "epochs=3"]])
def test_another_configuration_wants_its_own_results(
    words: list[str], lossbench: Lossbench, completed: list[dict[str, Any]]
) -> None:
    code, _, err = lossbench("run", "example", *words)
    assert code == 2
    assert "holds what `lossbench run example` gives by itself; give --results DIR" in err
    assert completed == []
    assert lossbench("run", "example", *words, "--results", "other", "--no-tracking")[0] == 0
    assert completed[0]["results"] == Path("other/example")


def test_a_suite_from_elsewhere_does_not_overwrite_the_tables_of_one_here(
    lossbench: Lossbench, completed: list[dict[str, Any]], workspace: Path
) -> None:
    shutil.copytree(workspace / "suites" / "example", workspace / "elsewhere" / "example")
    code, _, err = lossbench("run", "./elsewhere/example", "--no-tracking")
    assert code == 2
    assert "holds the tables of this workspace's example; give --results DIR" in err
    assert lossbench("run", "./suites/example", "--no-tracking")[0] == 0


def test_run_takes_the_path_of_a_suite(
    lossbench: Lossbench, completed: list[dict[str, Any]], workspace: Path
) -> None:
    (workspace / "suites" / "example").rename(workspace / "mine")
    suite_file = workspace / "mine" / "suite.py"
    suite_file.write_text(suite_file.read_text().replace('name="example"', 'name="mine"'))
    (workspace / "params.yaml").write_text("profile: ci\n")
    assert lossbench("run", "./mine", "--no-tracking")[0] == 0
    assert completed[0]["plan"].suite.name == "mine"


def test_dry_run_counts_and_computes_nothing(lossbench: Lossbench, workspace: Path) -> None:
    code, out, _ = lossbench("run", "example", "--dry-run", "--json", "--seeds", "0-1")
    assert code == 0
    assert json.loads(out)["n_cells"] == 4
    assert not (workspace / "results").exists()


def test_dry_run_works_before_the_data_are_there(lossbench: Lossbench) -> None:
    code, out, err = lossbench("run", "example", "--dry-run", "--profile", "full")
    assert code == 0
    assert "cells    30" in out
    assert err.startswith("lossbench: there is no data set 'cifar10'")
    assert "lossbench data fetch cifar10" in err


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_stop_a_run_and_say_how_to_resume(
    number: int, expected: int, lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(120)  # until the signal comes
        except KeyboardInterrupt:
            raise completion.Interrupted("stopped with 3 of 4 tasks left; all is saved") from None

    monkeypatch.setattr(completion, "complete", stopped)
    outer = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # tests in the background have it ignored
    try:
        before = signal.getsignal(number)
        code, _, err = lossbench("run", "example", "--no-tracking")
        assert code == expected
        assert "all is saved; run the same command to resume" in err
        assert signal.getsignal(number) == before
    finally:
        signal.signal(signal.SIGINT, outer)
