"""The command line as a whole: exit codes, and one clear sentence for bad input and for what fails."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmark.cli import main as cli
from benchmark.run import complete as completion
from benchmark.store.files import Damaged
from tests.command_line import Lossbench


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "exampel"], "did you mean 'example'?"),
        (["run", "./nowhere"], "has no suite.py"),
        (["run", "example", "--profile", "smal"], "did you mean small?"),
        (["run", "example", "--set", "width=[1]"], "did you mean widths?"),
        (["run", "example", "--set", "widths=wide"], "expected a list, each item an integer >= 1, got wide"),
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
        (["compare", "latest", "x"], "holds no results yet; run first: lossbench run SUITE"),
        (["sync", "exampel"], "there are no results of 'exampel'"),
        (["init", "."], "is a workspace already"),
        (["rnu"], "Did you mean 'run'"),
        (["list", "suits"], "suites"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    words: list[str], sentence: str, lossbench: Lossbench
) -> None:
    code, _, err = lossbench(*words)
    assert code == 2
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize("words", [["report"], ["list", "verdicts"], ["sync"]])
def test_before_the_first_run_a_command_says_what_is_missing_and_what_to_type(
    words: list[str], lossbench: Lossbench
) -> None:
    code, out, _ = lossbench(*words)
    assert code == 0
    assert "lossbench run" in out.splitlines()[-1]
    assert ("yet" in out) and ("next: " in out)


@pytest.mark.parametrize("command", ["run", "judge", "sweep"])
def test_outside_of_a_workspace_it_is_said_that_there_is_none(
    command: str, lossbench: Lossbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = lossbench(command, "width")
    assert code == 2
    assert "is no workspace" in err and "lossbench init FOLDER" in err


def test_an_unexpected_error_is_one_line_and_a_file(
    lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("a planted error")

    monkeypatch.setattr(completion, "complete", fail)
    code, _, err = lossbench("run", "example", "--no-tracking")
    assert code == 1
    assert err.count("\n") == 1
    assert "RuntimeError: a planted error" in err
    log = Path(err.rpartition("traceback in ")[2].strip())
    assert "Traceback" in log.read_text()
    log.unlink()
    with pytest.raises(RuntimeError, match="planted"):
        cli.main(["--debug", "run", "example", "--no-tracking"])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left on device", "runs/x"), "[Errno 28] No space left on device: 'runs/x'\n"),
        (PermissionError(13, "Permission denied", "runs/x"), "[Errno 13] Permission denied: 'runs/x'\n"),
        (
            Damaged("runs/x does not match its SHA-256"),
            "runs/x does not match its SHA-256; `lossbench run SUITE`",
        ),
    ],
)
def test_what_the_machine_refuses_or_damages_is_one_sentence_and_exit_code_1(
    error: Exception, said: str, lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(completion, "complete", fail)
    code, _, err = lossbench("run", "example", "--no-tracking")
    assert code == 1
    assert err.startswith(f"lossbench: {said}")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_from_nothing_to_a_published_report(forked: None, lossbench: Lossbench, workspace: Path) -> None:
    params = workspace / "params.yaml"
    params.write_text("suites: {example: {seeds: [0, 1], epochs: 1}}\n")
    code, _, err = lossbench("run", "example", "--no-tracking", "-j", "1")
    assert code == 0, err
    code, out, _ = lossbench("judge", "example")
    assert code == 0
    assert "inconclusive" in out
    results = workspace / "results" / "example"
    assert set(json.loads((results / "metrics.json").read_text())) == {"EX.C1"}
    assert (results / "curves.csv").read_text().startswith("arm,step,epoch,loss\n2,0,0.0,")
    assert lossbench("report")[0] == 0
    (workspace / "reports/latest/plotly.min.js").write_text("five megabytes")
    assert lossbench("publish", "first", "--why", "to see that it works")[0] == 0
    published = json.loads((workspace / "reports/first/published.json").read_text())
    assert "plotly.min.js" not in published["files"]
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
        else [sys.executable, "-c", "from benchmark.cli.main import main; main()"]
    )
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("lossbench ")
