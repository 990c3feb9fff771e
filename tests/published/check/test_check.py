"""`lossbench check` in a project of one's own: green, red, and what cannot be asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

from benchmark.results import records
from tests.command_line import Lossbench, exit_code, forget_environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose example suite has run with two seeds, published as its baseline."""
    place = tmp_path_factory.mktemp("checked")
    with pytest.MonkeyPatch.context() as patch:
        forget_environment(patch)
        patch.chdir(place)
        for words in (["init", "project"], ["run", "example", "--no-tracking", "-j", "1"]):
            assert exit_code(*words) == 0
            patch.chdir(place / "project")
            (place / "project" / "params.yaml").write_text("suites: {example: {seeds: [0, 1], epochs: 2}}\n")
    root = place / "project"
    frozen = root / "reports" / "baseline" / "results" / "example"
    shutil.copytree(root / "results" / "example", frozen)
    (root / "reports" / "baseline" / "published.json").write_text('{"name": "baseline"}')
    for folder in (root / "reports" / "baseline" / "results").iterdir():
        (folder / "verdicts.json").write_text("{}")
    return root


@pytest.fixture
def lossbench(project: Path, lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch) -> Lossbench:
    """Call the command line in the project."""
    monkeypatch.chdir(project)
    return lossbench


@pytest.fixture
def changed(project: Path, tmp_path: Path) -> Path:
    """Results in which one number differs."""
    shutil.copytree(project / "results", tmp_path / "results")
    path = tmp_path / "results" / "example" / "records.parquet"
    frame = records.read(path)
    chosen = (frame["label"] == "weight_norm") & (frame["quantity"] == "all") & (frame["seed"] == 1)
    frame.loc[chosen & (frame["model.width"] == 32), "value"] += 1.0
    records.write(path, frame[records.schema.names].to_dict("records"))
    return tmp_path / "results"


def test_results_as_published_are_green_and_open_the_gate(lossbench: Lossbench, project: Path) -> None:
    code, out, err = lossbench("check")
    assert (code, err) == (0, "")
    (line,) = out.splitlines()
    assert line.startswith("example: 4 cells, ") and line.endswith("to the last bit; largest deviation 0")
    gate = json.loads((project / "runs" / "gate.json").read_text())
    assert gate["passed"] and gate["n_cells"] == 4 and gate["platform"]["torch"]


def test_a_changed_number_is_red_and_named_in_every_document(lossbench: Lossbench, changed: Path) -> None:
    files = {name: changed / f"found.{name}" for name in ("json", "junit", "markdown")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    code, out, err = lossbench("check", "--results", str(changed), *options)
    assert code == 1
    assert "example: 1 differences from baseline" in out and "weight_norm all" in out
    assert "largest deviation 0." in out and "seed=1 weight_norm all" in out
    assert "platform" not in err and err.endswith("a commit that says why (docs/regression-checks.md)\n")
    (red,) = json.loads(files["json"].read_text())["suites"]["example"]["differences"]
    assert (red["label"], red["quantity"], red["seed"]) == ("weight_norm", "all", 1)
    assert red["found"] - red["expected"] == pytest.approx(1.0)
    cases = ElementTree.parse(files["junit"]).getroot().iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["weight_norm"]
    assert "weight_norm all" in files["markdown"].read_text()


@pytest.mark.parametrize("words", [(), ("--seeds", "0-1")])
def test_a_seed_whose_rows_are_lost_is_red(
    lossbench: Lossbench, project: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    shutil.copytree(project / "results", tmp_path / "results")
    path = tmp_path / "results" / "example" / "records.parquet"
    frame = records.read(path)
    records.write(path, frame[frame["seed"] == 0][records.schema.names].to_dict("records"))
    code, out, _ = lossbench("check", "--results", str(tmp_path / "results"), *words)
    assert code == 1
    assert "not computed" in out and "no longer a cell" not in out


def test_results_of_fewer_seeds_are_compared_unless_more_are_asked_for(
    lossbench: Lossbench, project: Path, tmp_path: Path
) -> None:
    few = ("--results", str(tmp_path / "few"))
    assert lossbench("run", "example", "--no-tracking", "-j", "1", "--seeds", "0", *few)[0] == 0
    code, out, _ = lossbench("check", *few)
    assert code == 0 and out.startswith("example: 2 cells, ")
    assert lossbench("check", *few, "--seeds", "0-1")[0] == 1


def test_what_is_not_asked_is_not_compared(lossbench: Lossbench, changed: Path, project: Path) -> None:
    (project / "runs" / "gate.json").unlink(missing_ok=True)
    for words in (("--seeds", "0"), ("--measure", "performance"), ("--only", "model.width=2")):
        code, out, _ = lossbench("check", "--results", str(changed), *words)
        assert code == 0, out
    assert lossbench("check", "--results", str(changed), "--only", "width=32")[0] == 1
    lossbench("check", "--measure", "performance")
    gate = project / "runs" / "gate.json"
    assert not gate.exists() or json.loads(gate.read_text())["n_cells"] == 2, "a part opens no gate"


def test_run_computes_only_what_is_missing_and_leaves_the_results_alone(
    lossbench: Lossbench, project: Path
) -> None:
    before = (project / "results" / "example" / "records.parquet").read_bytes()
    words = ("check", "example", "--run", "--only", "width=2", "--seeds", "0", "-j", "1", "--device", "cpu")
    code, out, _ = lossbench(*words)
    assert code == 0 and out.strip().endswith("0 tasks computed")
    assert (project / "results" / "example" / "records.parquet").read_bytes() == before
    table = pd.read_parquet(project / "runs" / "check" / "example" / "records.parquet")
    assert len({tuple(cells) for cells in table["cells"]}) == 1


def test_code_that_is_another_than_the_baseline_s_is_told_though_all_numbers_are_equal(
    lossbench: Lossbench, project: Path
) -> None:
    assert "is not that of" not in lossbench("check")[1]
    suite = project / "suites" / "example" / "suite.py"
    before = suite.read_text()
    suite.write_text(before.replace("batch_size=20", "batch_size=8"))
    try:
        code, out, _ = lossbench("check")
    finally:
        suite.write_text(before)
    assert code == 0
    assert out.splitlines()[-1].startswith(
        "note: the code of example is not that of baseline: 4 of 4 cells are no longer"
    )


def test_a_cell_that_the_suite_no_longer_has_is_red(lossbench: Lossbench, project: Path) -> None:
    params = project / "params.yaml"
    before = params.read_text()
    params.write_text("suites: {example: {seeds: [0, 1], epochs: 3}}\n")
    try:
        code, out, _ = lossbench("check", "--run", "--only", "width=2", "--seeds", "0", "-j", "1")
    finally:
        params.write_text(before)
    assert code == 1
    assert "training.epochs 2 -> 3" in " ".join(out.split())


def test_what_to_do_about_differences_begins_with_the_platform(lossbench: Lossbench, changed: Path) -> None:
    place = changed / "example" / "provenance.json"
    there = json.loads(place.read_text())
    place.write_text(json.dumps({**there, "numerics": {**there["numerics"], "torch": "1.0"}}))
    _, _, err = lossbench("check", "--results", str(changed))
    said = [f"torch 1.0 here, {there['numerics']['torch']} there", "check --twins", "lossbench compare"]
    places = [err.index(words) for words in (*said, "publish a new baseline")]
    assert places == sorted(places) and len(err.splitlines()) == 1
    assert "threads" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--against", "nothing"), "lossbench publish nothing --why"),
        (("--only", "widht=2"), "did you mean"),
        (("--only", "width=3"), "there: 2, 32"),
        (("--measure", "weights"), "did you mean 'weight_norm'"),
        (("--seeds", "7"), "its seeds are 0 to 1"),
        (("--results", "nowhere"), "lossbench run example"),
        (("other",), "there is no suite 'other'"),
    ],
)
def test_what_cannot_be_compared_is_bad_input(
    words: tuple[str, ...], said: str, lossbench: Lossbench
) -> None:
    code, out, err = lossbench("check", *words)
    assert (code, out) == (2, "")
    assert said in err
