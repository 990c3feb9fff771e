"""The command line: exit codes, one clear sentence for bad input, and what reaches the runner."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmark import cli, ledger, runner
from benchmark.commands.progress import progress

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace with the example suite, entered."""
    for name in ("LOSSBENCH_DATA", "LOSSBENCH_RUNS", "MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="0"):
        cli.main(["init", "project"])
    monkeypatch.chdir("project")
    return tmp_path / "project"


@pytest.fixture
def lossbench(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call the command line; gives exit code, standard output and standard error."""
    capsys.readouterr()

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(words)
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, said.out, said.err

    return call


@pytest.fixture
def completed(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Replace the runner by one that notes what it is asked."""
    asked: list[dict[str, Any]] = []

    def complete(
        plan: Any, workspace: Any, *, on_event: Any, results: Path, **options: Any
    ) -> runner.Outcome:
        asked.append({"plan": plan, "results": results, **options})
        on_event(ledger.Event(kind="cell", n_done=1, n_total=1, text="width=2 [seed=0]", seconds_left=0.0))
        return runner.Outcome(
            n_cells=2,
            by_status={"done": 1, "failed": 1},
            failures=[("width=2 seed=0", "a planted failure")],
            n_computed=1,
            seconds=1.0,
            results=results,
        )

    monkeypatch.setattr(runner, "complete", complete)
    return asked


def test_run_asks_the_runner_for_the_profile_with_overrides(
    lossbench: Run, completed: list[dict[str, Any]]
) -> None:
    words = ["run", "example", "--set", "widths=[3, 5]", "--seeds", "0-2", "-j", "2", "--device", "cpu"]
    code, out, err = lossbench(*words, "--no-tracking")
    assert code == 0
    (asked,) = completed
    config = asked["plan"].config
    assert (config.widths, config.seeds, asked["n_workers"]) == ((3, 5), (0, 1, 2), 2)
    assert asked["command"] == "lossbench run example --set 'widths=[3, 5]' --seeds 0-2"
    assert out.startswith(f"results: {asked['results']}\n")
    assert "failed: width=2 seed=0: a planted failure" in out
    assert out.rstrip().endswith("next: lossbench judge example")
    assert "width=2 [seed=0]" in err


def test_run_prints_nothing_but_json_when_asked(lossbench: Run, completed: list[dict[str, Any]]) -> None:
    code, out, _ = lossbench("run", "example", "--json", "--no-tracking")
    assert code == 0
    assert json.loads(out)["by_status"] == {"done": 1, "failed": 1}


def test_run_takes_the_path_of_a_suite(
    lossbench: Run, completed: list[dict[str, Any]], workspace: Path
) -> None:
    (workspace / "suites" / "example").rename(workspace / "mine")
    suite_file = workspace / "mine" / "suite.py"
    suite_file.write_text(suite_file.read_text().replace('name="example"', 'name="mine"'))
    (workspace / "params.yaml").write_text("profile: ci\n")
    assert lossbench("run", "./mine", "--no-tracking")[0] == 0
    assert completed[0]["plan"].suite.name == "mine"


def test_another_profile_wants_its_own_results(lossbench: Run, completed: list[dict[str, Any]]) -> None:
    code, _, err = lossbench("run", "example", "--profile", "small")
    assert code == 2
    assert "give --results DIR" in err
    assert lossbench("run", "example", "--profile", "small", "--results", "other", "--no-tracking")[0] == 0
    assert completed[0]["results"] == Path("other/example")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "exampel"], "did you mean 'example'?"),
        (["run", "./nowhere"], "has no suite.py"),
        (["run", "example", "--profile", "smal"], "did you mean small?"),
        (["run", "example", "--set", "width=[1]"], "did you mean widths?"),
        (["run", "example", "--set", "widths=wide"], "expected a list, each item an integer, got wide"),
        (["run", "example", "--seeds", "ten"], "write 0-9, 3 or 0,1,2"),
        (["run", "example", "--set", "epochs=-1"], "epochs"),
        (["run", "example", "--set", "data=cifar10"], "lossbench data fetch cifar10"),
        (["run", "example", "--set", "data=../x"], "not allowed"),
        (["run", "example", "--device", "cuda:99", "--no-tracking"], "cuda:99"),
        (["run", "example", "--device", "tpu", "--no-tracking"], "use auto, cpu, cuda"),
        (["run", "example", "--jobs", "0"], "jobs"),
        (["run", "example", "--sedes", "1"], "--seeds"),
        (["judge", "example"], "run first: lossbench run example"),
        (["judge", "example.csv"], "there is no file"),
        (["data", "fetch", "cifar"], "cifar10"),
        (["data", "add", "../x", "."], "not allowed"),
        (["publish", "../x", "--why", "y"], "no name for a published report"),
        (["publish", "x", "--why", "y"], "lossbench report"),
        (["publish", "x", "--why", " "], "--why is empty"),
        (["sync", "exampel"], "there are no results of 'exampel'"),
        (["init", "."], "is a workspace already"),
        (["rnu"], "Did you mean 'run'"),
        (["list", "suits"], "suites"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(words: list[str], sentence: str, lossbench: Run) -> None:
    code, _, err = lossbench(*words)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err


def test_problems_of_params_are_told_all_at_once(lossbench: Run, workspace: Path) -> None:
    (workspace / "params.yaml").write_text("profile: c\nsuites:\n  example:\n    widht: 3\n")
    code, _, err = lossbench("run", "example")
    assert code == 2
    assert err.splitlines() == [
        "params.yaml:1: profile: expected one of ci, small, full, got c; did you mean ci?",
        "params.yaml:4: suites.example.widht: unknown key; did you mean widths?",
    ]


def test_dry_run_counts_and_computes_nothing(lossbench: Run, workspace: Path) -> None:
    code, out, _ = lossbench("run", "example", "--dry-run", "--json", "--seeds", "0-1")
    assert code == 0
    assert json.loads(out)["n_cells"] == 4
    assert not (workspace / "results").exists()


def test_dry_run_works_before_the_data_are_there(lossbench: Run) -> None:
    code, out, err = lossbench("run", "example", "--dry-run", "--profile", "full")
    assert code == 0
    assert "cells    30" in out
    assert "lossbench data fetch cifar10" in err


def test_an_unexpected_error_is_one_line_and_a_file(lossbench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a planted error")

    monkeypatch.setattr(runner, "complete", fail)
    code, _, err = lossbench("run", "example", "--no-tracking")
    assert code == 1
    assert err.count("\n") == 1
    assert "RuntimeError: a planted error" in err
    log = Path(err.rpartition("traceback in ")[2].strip())
    assert "Traceback" in log.read_text()
    log.unlink()
    with pytest.raises(RuntimeError, match="planted"):
        cli.main(["--debug", "run", "example", "--no-tracking"])


def test_a_full_disk_is_no_bug(lossbench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device", "runs/x")

    monkeypatch.setattr(runner, "complete", fail)
    code, _, err = lossbench("run", "example", "--no-tracking")
    assert code == 1
    assert err == "lossbench: [Errno 28] No space left on device: 'runs/x'\n"


@pytest.mark.parametrize(
    ("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals_stop_a_run_and_say_how_to_resume(
    number: int, expected: int, lossbench: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        try:
            os.kill(os.getpid(), number)
            time.sleep(10)
        except KeyboardInterrupt:
            raise runner.Interrupted("stopped with 3 of 4 tasks left; all is saved") from None

    monkeypatch.setattr(runner, "complete", stopped)
    before = signal.getsignal(number)
    code, _, err = lossbench("run", "example", "--no-tracking")
    assert code == expected
    assert "all is saved; run the same command to resume" in err
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("noun", ["suites", "measures", "claims", "models", "data", "verdicts"])
def test_everything_can_be_listed_as_json(noun: str, lossbench: Run) -> None:
    code, out, _ = lossbench("list", noun, "--json")
    assert code == 0
    assert isinstance(json.loads(out), list)


def test_lists_name_what_there_is(lossbench: Run) -> None:
    assert "example" in lossbench("list", "suites")[1]
    assert "EX.C1" in lossbench("list", "claims")[1]
    assert "weight_norm" in lossbench("list", "measures")[1]
    assert "MLP" in lossbench("list", "models")[1]
    assert "embedded" in lossbench("data", "list")[1]


def test_foreign_records_are_judged(lossbench: Run, workspace: Path) -> None:
    rows = [
        f"{seed},performance,test_error,{width},{error + 0.001 * seed}"
        for seed in range(10)
        for width, error in ((2, 0.5), (32, 0.1))
    ]
    table = workspace / "mine.csv"
    table.write_text("\n".join(["seed,measure,quantity,model.width,value", *rows]) + "\n")
    assert lossbench("judge", "mine.csv")[0] == 2
    assert "did you mean EX.C1?" in lossbench("judge", "mine.csv", "--claim", "EX.C2")[2]
    code, out, _ = lossbench("judge", "mine.csv", "--claim", "EX.C1", "--json")
    assert code == 0
    assert json.loads(out)["EX.C1"]["outcome"] == "reproduced"


def test_data_are_pinned_for_each_suite(lossbench: Run, workspace: Path) -> None:
    assert lossbench("data", "pin", "results/data")[0] == 0
    assert json.loads((workspace / "results/data/example.json").read_text()) == {"digits": "embedded"}
    (workspace / "params.yaml").write_text("profile: full\nsuites: {example: {}}\n")
    code, _, err = lossbench("data", "pin", "results/data")
    assert code == 2
    assert "run: lossbench data fetch cifar10" in err


def test_an_empty_store_is_intact(lossbench: Run) -> None:
    assert "done" in lossbench("store", "du")[1]
    assert lossbench("store", "verify")[1] == "0 networks are intact, 0 damaged\n"
    assert lossbench("store", "gc", "--dry-run")[1] == "would remove 0 networks\n"


def test_doctor_finds_what_is_wrong(lossbench: Run, workspace: Path) -> None:
    code, out, _ = lossbench("doctor", "--json")
    assert code == 0
    assert {"python", "packages", "device", "params.yaml"} <= {finding["what"] for finding in json.loads(out)}
    (workspace / "params.yaml").write_text("profile: [")
    assert lossbench("doctor")[0] == 1


def test_progress_without_a_terminal_is_a_few_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as show:
        for done in range(1, 101):
            show(
                ledger.Event(
                    kind="cell", n_done=done, n_total=100, text=f"cell {done}", seconds_left=100.0 - done
                )
            )
        show(ledger.Event(kind="failed", n_done=100, n_total=100, text="cell 7: why", seconds_left=0.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1/100  2 min left  cell 1"
    assert lines[-2:] == ["100/100  0 s left  cell 100", "100/100  0 s left  failed  cell 7: why"]
    assert len(lines) == 3


@pytest.mark.slow
def test_from_nothing_to_a_published_report(lossbench: Run, workspace: Path) -> None:
    code, _, err = lossbench(
        "run", "example", "--seeds", "0-1", "--set", "epochs=1", "--no-tracking", "-j", "1"
    )
    assert code == 0, err
    code, out, _ = lossbench("judge", "example")
    assert code == 0
    assert "inconclusive" in out
    results = workspace / "results" / "example"
    assert set(json.loads((results / "metrics.json").read_text())) == {"EX.C1"}
    assert (results / "curves.csv").read_text().startswith("arm,step,epoch,loss\n2,0,0.0,")
    assert lossbench("report")[0] == 0
    assert lossbench("publish", "first", "--why", "to see that it works")[0] == 0
    published = json.loads((workspace / "reports/first/published.json").read_text())
    assert {"index.html", "results/example/records.parquet"} <= set(published["files"])
    code, _, err = lossbench("publish", "first", "--why", "again")
    assert code == 2
    assert "what is published stays" in err
    assert "4" in lossbench("store", "du")[1]
    assert lossbench("store", "verify")[1].startswith("4 networks are intact")


@pytest.mark.slow
def test_the_installed_command_starts_and_says_its_version() -> None:
    command = Path(sys.executable).with_name("lossbench")
    words = (
        [str(command)]
        if command.exists()
        else [sys.executable, "-c", "from benchmark.cli import main; main()"]
    )
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("lossbench ")
