"""`lossbench sweep`, and what `lossbench run` takes from it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest

from benchmark.run.pool import LocalPool
from tests import root
from tests.command_line import Lossbench

pytestmark = pytest.mark.slow
here = Path(__file__).parent


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose sweep is as short as it can be, besides a suite that tunes nothing."""
    folder = tmp_path_factory.mktemp("workspace")
    copytree(
        here / "tiny_sweep",
        folder / "suites" / "tiny_sweep",
        ignore=lambda *_: ["__pycache__"],
    )
    copytree(root / "benchmark" / "cli" / "template" / "suites" / "example", folder / "suites" / "example")
    (folder / "params.yaml").write_text(
        "profile: ci\nsuites:\n  tiny_sweep: {steps: 2, sweep_trials: 2, sweep_seeds: [7]}\n"
    )
    return folder


@pytest.fixture
def lossbench(
    forked: None, workspace: Path, lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch
) -> Lossbench:
    """Call the command line in the workspace."""
    monkeypatch.chdir(workspace)
    return lossbench


@pytest.fixture(scope="module")
def best(commands: Path, workspace: Path) -> Path:
    """The winners, found by the command."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LOSSBENCH")}
    done = subprocess.run(
        [commands / "lossbench", "sweep", "tiny_sweep", "-j", "1", "--device", "cpu"],
        cwd=workspace,
        env={**env, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "width=16" in done.stdout and "its own error" in done.stdout
    assert done.stdout.count("kept the default: ") == 2  # on one seed nothing else can be
    assert done.stdout.rstrip().endswith("next: lossbench run tiny_sweep")
    assert "4/4" in done.stderr
    return workspace / "results" / "tiny_sweep" / "best.json"


def test_run_lays_out_no_cell_for_arms_that_kept_their_default(best: Path, lossbench: Lossbench) -> None:
    code, out, err = lossbench("run", "tiny_sweep", "--dry-run", "--json")
    studies = json.loads(best.read_text())["studies"].values()
    assert code == 0 and "no tuned arm" not in err
    assert [study["chosen"]["point"] for study in studies] == [study["default"] for study in studies]
    assert json.loads(out)["n_cells"] == 2 * 2


def test_run_says_when_the_winners_answer_another_question(best: Path, lossbench: Lossbench) -> None:
    code, out, err = lossbench("run", "tiny_sweep", "--dry-run", "--json", "--set", "steps=3")
    assert code == 0 and json.loads(out)["n_cells"] == 4
    assert "no tuned arm: " in err and "answers another question" in err
    assert "first: lossbench sweep tiny_sweep --set steps=3" in err


def test_run_takes_the_winners_of_its_own_results_first(
    best: Path, lossbench: Lossbench, tmp_path: Path
) -> None:
    _, _, err = lossbench("run", "tiny_sweep", "--dry-run", "--results", str(tmp_path))
    assert "no tuned arm" not in err  # the workspace's fit
    _, _, err = lossbench("run", "tiny_sweep", "--dry-run", "--set", "steps=3", "--results", str(tmp_path))
    assert str(tmp_path / "tiny_sweep" / "best.json") in err
    assert err.rstrip().endswith(f"first: lossbench sweep tiny_sweep --set steps=3 --results {tmp_path}")


def test_the_sweep_that_run_asks_for_is_one_that_can_be_typed(lossbench: Lossbench, tmp_path: Path) -> None:
    words = ("tiny_sweep", "--set", "steps=4", "--results", str(tmp_path), "--dry-run")
    _, _, err = lossbench("run", *words, "--seeds", "5,6")
    asked = err.rstrip().partition("first: lossbench ")[2].split()
    assert asked and lossbench(*asked, "--dry-run")[0] == 0


def test_a_sweep_that_was_answered_trains_nothing_again(best: Path, lossbench: Lossbench) -> None:
    before = best.read_bytes()
    code, out, _ = lossbench("sweep", "tiny_sweep", "--json")
    assert code == 0 and json.loads(out)["n_computed"] == 0
    assert best.read_bytes() == before


def test_more_trials_want_their_own_results_and_reuse_the_first_ones(
    best: Path, lossbench: Lossbench, tmp_path: Path
) -> None:
    code, _, err = lossbench("sweep", "tiny_sweep", "--trials", "4")
    assert code == 2 and "give --results DIR" in err
    code, out, _ = lossbench("sweep", "tiny_sweep", "--trials", "4", "--results", str(tmp_path), "--json")
    assert code == 0 and json.loads(out)["n_computed"] == 4
    longer = json.loads((tmp_path / "tiny_sweep" / "best.json").read_text())
    known = json.loads(best.read_text())
    for arm, study in known["studies"].items():
        assert longer["studies"][arm]["trials"][:2] == study["trials"]


def test_two_objectives_give_a_front(lossbench: Lossbench, workspace: Path) -> None:
    code, out, _ = lossbench("sweep", "tiny_sweep", "--pareto", "-j", "1")
    assert code == 0 and "val_error" in out and "sam_sharpness" in out
    content = json.loads((workspace / "results" / "tiny_sweep" / "pareto.json").read_text())
    assert all(study["front"] for study in content["studies"].values())


def test_a_forecast_computes_nothing(lossbench: Lossbench) -> None:
    code, out, _ = lossbench("sweep", "tiny_sweep", "--dry-run", "--trials", "9")
    assert code == 0 and "at most 18 networks" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "sweep_seeds=[0]"), "sweep_seeds holds [0], which seeds holds too"),
        (("--set", "n_val=0"), "no validation examples; set n_val above 0"),
        (("--set", "n_trials=3"), "n_trials: unknown key"),
        (("--trials", "0"), "Invalid value for '--trials'"),
    ],
)
def test_bad_input_ends_with_2_and_a_remedy(words: tuple[str, ...], said: str, lossbench: Lossbench) -> None:
    code, _, err = lossbench("sweep", "tiny_sweep", *words)
    assert code == 2 and said in err and "Traceback" not in err


def test_without_optuna_the_remedy_is_said(lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.cli.sweep.find_spec", lambda name: None)
    code, _, err = lossbench("sweep", "tiny_sweep")
    assert code == 2 and "pip install 'lossbench[pipeline]'" in err
    assert lossbench("sweep", "example")[0] == 0


def test_a_stopped_sweep_says_how_to_go_on(lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*args: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LocalPool, "run", stopped)
    code, _, err = lossbench("sweep", "tiny_sweep")
    assert code == 130 and "run the same command to resume" in err


def test_a_suite_that_tunes_nothing_loads_neither_torch_nor_optuna(workspace: Path) -> None:
    script = (
        "import sys\nfrom benchmark.cli.main import main\ntry: main(['sweep', 'example'])\n"
        "finally: sys.exit(' '.join(name for name in ('torch', 'optuna', 'pandas') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is nothing to tune" in done.stdout and done.stderr.strip() == ""
    content = json.loads((workspace / "results" / "example" / "best.json").read_text())
    assert content["studies"] == {} and content["suite"] == "example"
