"""The command line: exit codes, one clear sentence for bad input, and what reaches the completion."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.data import catalog
from benchmark.cli import main as cli
from benchmark.cli.progress_bar import progress
from benchmark.results import records
from benchmark.run import complete as completion
from benchmark.run import events
from benchmark.store.entry import Entry
from benchmark.store.files import Damaged, sha256, write_atomic, write_sealed
from benchmark.store.run_store import Store
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


def test_a_report_of_nothing_is_not_published(lossbench: Lossbench) -> None:
    lossbench("report")
    code, _, err = lossbench("publish", "x", "--why", "y")
    assert code == 2
    assert "holds no records to publish; run first: lossbench run SUITE" in err


def test_a_report_without_verdicts_says_how_they_are_made(lossbench: Lossbench, workspace: Path) -> None:
    records.write(workspace / "results/example/records.parquet", [record()])
    assert "without verdicts: example; next: lossbench judge example" in lossbench("report")[1]


@pytest.mark.parametrize("command", ["run", "judge", "sweep"])
def test_outside_of_a_workspace_it_is_said_that_there_is_none(
    command: str, lossbench: Lossbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = lossbench(command, "width")
    assert code == 2
    assert "is no workspace" in err and "lossbench init FOLDER" in err


def test_a_download_that_fails_is_one_sentence_with_the_way_around(
    lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(name: str, source: Path | None) -> None:
        raise ConnectionError("fetching mnist failed (tried\nhttp://a host); name the folder they are in")

    monkeypatch.setattr(catalog, "fetch", fetch)
    code, _, err = lossbench("data", "fetch", "mnist")
    assert (code, err.count("\n")) == (1, 1)
    assert "http://a host" in err and "lossbench data fetch mnist --source FOLDER" in err


def test_pictures_that_would_be_replaced_name_the_option(
    lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(*_: Any, **__: Any) -> None:
        raise FileExistsError("'pets' has other pictures; choose another name, or ask for replacement")

    monkeypatch.setattr(catalog, "add", add)
    code, _, err = lossbench("data", "add", "pets", ".")
    assert code == 2 and err.endswith("or ask for replacement: --replace\n")


def test_problems_of_params_are_told_all_at_once(lossbench: Lossbench, workspace: Path) -> None:
    (workspace / "params.yaml").write_text("profile: c\nsuites:\n  example:\n    widht: 3\n")
    code, _, err = lossbench("run", "example")
    assert code == 2
    assert err.splitlines() == [
        "params.yaml:1: profile: expected one of ci, small, full, got c; did you mean ci?",
        "params.yaml:4: suites.example.widht: unknown key; did you mean widths?",
    ]


@pytest.mark.parametrize(
    ("file", "text", "words", "said"),
    [
        ("suite", "def (:\n", ["run", "example"], "suite.py:1: SyntaxError: invalid syntax"),
        (
            "suite",
            "\nimport nowhere\n",
            ["run", "example"],
            "suite.py:2: ModuleNotFoundError: No module named",
        ),
        (
            "suite",
            "from math import tau2\n",
            ["run", "example", "--dry-run"],
            "suite.py:1: ImportError: cannot",
        ),
        (
            "suite",
            "suite = Suit()\n",
            ["list", "suites"],
            "suite.py:1: NameError: name 'Suit' is not defined",
        ),
        ("claims", "claims = (undefined,)\n", ["list", "claims"], "claims.py:1: NameError: name 'undefined'"),
        ("claims", "claims = (\n", ["list", "claims"], "claims.py:1: SyntaxError: '(' was never closed"),
    ],
)
def test_a_faulty_suite_is_told_with_file_and_line(
    file: str, text: str, words: list[str], said: str, lossbench: Lossbench, workspace: Path
) -> None:
    (workspace / "suites" / "example" / f"{file}.py").write_text(text)
    code, _, err = lossbench(*words)
    assert code == 2
    assert said in err
    assert err.count("\n") == 1
    assert "traceback" not in err


def test_a_mistake_in_a_function_of_a_suite_is_told_with_file_and_line(
    lossbench: Lossbench, workspace: Path
) -> None:
    path = workspace / "suites" / "example" / "suite.py"
    text = path.read_text().replace("for width in c.widths", "for width in c.widthss")
    path.write_text(text)
    line = text[: text.index("c.widthss")].count("\n") + 1
    code, _, err = lossbench("run", "example", "--dry-run")
    assert code == 2
    assert f"suite.py:{line}: AttributeError: 'Config' object has no attribute 'widthss'" in err


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


@pytest.mark.parametrize("noun", ["suites", "measures", "claims", "models", "data", "verdicts"])
def test_everything_can_be_listed_as_json(noun: str, lossbench: Lossbench) -> None:
    code, out, _ = lossbench("list", noun, "--json")
    assert code == 0
    assert isinstance(json.loads(out), list)


def test_lists_name_what_there_is(lossbench: Lossbench) -> None:
    assert "example" in lossbench("list", "suites")[1]
    assert "EX.C1" in lossbench("list", "claims")[1]
    assert "weight_norm" in lossbench("list", "measures")[1]
    assert "MLP" in lossbench("list", "models")[1]
    assert "embedded" in lossbench("data", "list")[1]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("bytes.csv", b"seed,measure,value\n0,\xff,1\n"),
        ("ragged.csv", b"seed,measure,value\n0,m,1\n0,m,1,2,3,4\n"),
        ("junk.parquet", b"PAR1 this is none PAR1"),
        ("factors.csv", b"seed,measure,value,factors\n0,m,1,{\n"),
        ("seed.csv", b"seed,measure,value\n1.5,m,1\n"),
    ],
)
def test_an_unreadable_table_is_bad_input(
    name: str, content: bytes, lossbench: Lossbench, workspace: Path
) -> None:
    (workspace / name).write_bytes(content)
    code, _, err = lossbench("judge", name, "--claim", "EX.C1")
    assert code == 2
    assert err.startswith(f"lossbench: {name}")
    assert err.count("\n") == 1


def test_a_damaged_table_of_a_suite_is_told_with_its_remedy(lossbench: Lossbench, workspace: Path) -> None:
    results = workspace / "results" / "example"
    results.mkdir(parents=True)
    (results / "records.parquet").write_bytes(b"damaged")
    (results / "verdicts.json").write_bytes(b"{")
    for words, remedy in ((["judge", "example"], "run SUITE"), (["list", "verdicts"], "judge example")):
        code, _, err = lossbench(*words)
        assert code == 2
        assert f"lossbench {remedy}" in err


def test_a_failed_network_or_measure_in_the_results_is_red(lossbench: Lossbench, workspace: Path) -> None:
    table = workspace / "results" / "example" / "records.parquet"
    assert lossbench("check", "--failed") == (0, "", "")
    records.write(table, [record(cells=["a"]), record(cells=["a"], status="diverged")])
    assert lossbench("check", "--failed") == (0, "", "")
    failed = {"status": "failed", "reason": "ValueError: planted"}
    rows = [
        record(cells=["a"], measure="history", label="history", **failed),
        record(cells=["a"], **failed),
        record(cells=["b"], label="m[rho=1]", status="failed", reason="too flat"),
    ]
    records.write(table, rows)
    code, out, err = lossbench("check", "--failed")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "lossbench: example: 1 networks and 1 measures failed",
        "  ValueError: planted",
        "  m[rho=1]: too flat",
        "  try again: dvc repro --force --single-item run@example",
    ]


def record(**changes: Any) -> dict[str, Any]:
    base = {
        "suite": "example", "profile": "ci", "cells": ["a"], "factors": "{}", "seed": 0, "measure": "m", "label": "m",
        "options": "{}", "quantity": "value", "index": "", "value": 1.0, "standard_error": None, "unit": "",
        "positive": True, "status": "done", "reason": "", "device": "cpu",
    }  # fmt: skip
    return base | changes


def test_data_are_pinned_for_each_suite(lossbench: Lossbench, workspace: Path) -> None:
    assert lossbench("data", "pin", "results/data")[0] == 0
    assert json.loads((workspace / "results/data/example.json").read_text()) == {"digits": "embedded"}
    (workspace / "params.yaml").write_text("profile: full\nsuites: {example: {}}\n")
    code, _, err = lossbench("data", "pin", "results/data")
    assert code == 2
    assert "run: lossbench data fetch cifar10" in err


def test_modules_of_a_suite_s_own_are_pinned_besides_its_three(lossbench: Lossbench, workspace: Path) -> None:
    folder = workspace / "suites" / "example"

    def pinned() -> dict[str, str]:
        assert lossbench("data", "pin", "results/data")[0] == 0
        found: dict[str, str] = json.loads((workspace / "results/data/example.json").read_text())
        return found

    before = pinned()
    for part in ("suite", "claims", "figures"):
        with (folder / f"{part}.py").open("a") as file:
            file.write("# edited\n")
    assert pinned() == before
    (folder / "parts").mkdir()
    (folder / "parts" / "margin.py").write_text("margin = 1\n")
    first = pinned()
    assert set(first) - set(before) == {"example/parts/margin.py"}
    (folder / "parts" / "margin.py").write_text("margin = 2\n")
    second = pinned()
    assert {name for name in second if second[name] != first[name]} == {"example/parts/margin.py"}


own_data = """
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.performance import performance
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Mine:
    n: int = 3


@dataclass(frozen=True, kw_only=True)
class Config:
    data: str = "mine"
    seeds: tuple[int, ...] = (0,)


suite = Suite(
    name="example", title="", question="", sources=(), profiles={"ci": Config()},
    cells=lambda config: [Cell(data=Mine(), model=MLP(width=2, depth=1), training=SGD(batch_size=1, lr=0.1, steps=1))],
    measures=lambda config: (performance(),),
)
"""


def test_data_of_a_suite_s_own_making_need_no_name(lossbench: Lossbench, workspace: Path) -> None:
    (workspace / "suites" / "example" / "suite.py").write_text(own_data)
    (workspace / "params.yaml").write_text("suites: {example: {}}\n")
    code, _, err = lossbench("data", "pin", "results/data")
    assert code == 0, err
    assert json.loads((workspace / "results/data/example.json").read_text()) == {"Mine": "embedded"}
    assert lossbench("run", "example", "--dry-run")[0] == 0


def test_an_empty_store_is_intact(lossbench: Lossbench) -> None:
    assert "done" in lossbench("store", "du")[1]
    assert lossbench("store", "verify")[:2] == (0, "0 networks are intact, 0 unfinished, 0 damaged\n")
    assert lossbench("store", "gc", "--dry-run")[1].startswith("would remove 0 networks, 0 B; 0 stay, 0 B")


@pytest.fixture
def entry(workspace: Path) -> Entry:
    """A finished network with one of every kind of file."""
    entry = Store(workspace / "runs").entry("ab" * 32, "1234")
    content = b"weights"
    write_atomic(entry.path / "weights.safetensors", content)
    write_sealed(entry.path / "done.json", {"files": {"weights.safetensors": sha256(content)}})
    write_atomic(entry.path / f"state-5-{sha256(b'state')}.safetensors", b"state")
    write_atomic(entry.path / "measures" / "m.safetensors", b"arrays")
    write_sealed(entry.path / "measures" / "m.json", {"arrays_sha256": sha256(b"arrays")})
    return entry


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "done.json", "state-5-*", "measures/m.safetensors", "measures/m.json"]
)
@pytest.mark.parametrize("is_gone", [True, False])
def test_damage_anywhere_in_the_store_is_found(
    name: str, is_gone: bool, lossbench: Lossbench, entry: Entry
) -> None:
    code, out, _ = lossbench("store", "verify")
    assert (code, out) == (0, "1 networks are intact, 0 unfinished, 0 damaged\n")
    (path,) = entry.path.glob(name)
    if not is_gone:
        path.write_bytes(path.read_bytes()[:-2])
    elif name in ("weights.safetensors", "measures/m.safetensors"):
        path.unlink()
    else:
        return  # without its state a network is finished all the same, and without its marker it is not
    code, out, _ = lossbench("store", "verify")
    assert code == 1
    assert "0 networks are intact, 0 unfinished, 1 damaged" in out
    assert path.name in out
    assert "lossbench run SUITE" in out
    entry.path.rename(entry.path.with_name("1234.bad-1"))
    code, out, _ = lossbench("store", "verify")
    assert code == 0
    assert "1 damaged copies were put aside" in out


def test_an_unfinished_network_is_no_damage(lossbench: Lossbench, entry: Entry) -> None:
    (entry.path / "done.json").unlink()
    assert lossbench("store", "verify")[:2] == (0, "0 networks are intact, 1 unfinished, 0 damaged\n")


def test_what_nobody_asks_for_is_removed_when_it_is_old(lossbench: Lossbench, entry: Entry) -> None:
    assert lossbench("store", "gc")[1].startswith("removed 0 networks, 0 B; 1 stay")
    old = time.time() - 40 * 86400
    os.utime(entry.path, (old, old))
    code, out, _ = lossbench("store", "gc", "--dry-run")
    assert code == 0
    assert out.startswith("would remove 1 networks, ")
    assert entry.path.exists()
    assert lossbench("store", "gc")[1].endswith(
        "0 stay, 0 B: asked for by the suites here, or younger than 30 days\n"
    )
    assert not entry.path.exists()


def test_doctor_finds_what_is_wrong(lossbench: Lossbench, workspace: Path) -> None:
    code, out, _ = lossbench("doctor", "--json")
    assert code == 0
    assert {"python", "packages", "device", "params.yaml"} <= {finding["what"] for finding in json.loads(out)}
    (workspace / "params.yaml").write_text("profile: [")
    assert lossbench("doctor")[0] == 1


def test_progress_without_a_terminal_is_a_few_whole_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress() as show:
        for done in range(1, 101):
            show(
                events.Event(
                    kind="cell", n_done=done, n_total=100, text=f"cell {done}", seconds_left=100.0 - done
                )
            )
        show(events.Event(kind="failed", n_done=100, n_total=100, text="cell 7: why", seconds_left=0.0))
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1/100  2 min left  cell 1"
    assert lines[-2:] == ["100/100  0 s left  cell 100", "100/100  0 s left  failed  cell 7: why"]
    assert len(lines) == 3


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
