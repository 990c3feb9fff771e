"""`dvc repro` beside bare DVC: the pipeline without its commands, and what tells that nothing has run."""

from __future__ import annotations

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from bench.unchanged import disarm, is_unchanged, missing_outputs
from tests.mutants import Mutant, red_with

pipeline = """\
stages:
  data:
    cmd: lossbench data pin results/data
    always_changed: true
    outs:
      - results/data
  run:
    foreach: ${suites}
    do:
      cmd: lossbench run ${key}
      deps:
        - results/data
      outs:
        - results/${key}/records.parquet
      plots:
        - results/${key}/curves.csv:
            x: step
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "dvc.yaml").write_text(pipeline)
    (tmp_path / "params.yaml").write_text("suites:\n  width: {}\n  depth: {}\n")
    (tmp_path / "results" / "data").mkdir(parents=True)
    (tmp_path / "results" / "data" / "width.json").write_text("{}")
    return tmp_path


@red_with(Mutant(missing_outputs, "not (place / one).exists()", "True"))
def test_outputs_that_are_missing_are_those_of_every_suite(place: Path) -> None:
    names = [
        f"results/{suite}/{name}"
        for name in ("records.parquet", "curves.csv")
        for suite in ("width", "depth")
    ]
    assert list(missing_outputs(place)) == names


def test_bare_dvc_has_the_same_stages_and_no_command_of_ours(place: Path) -> None:
    disarm(place)
    stages = YAML(typ="safe").load(place / "dvc.yaml")["stages"]
    assert stages["run"]["do"] == YAML(typ="safe").load(pipeline)["stages"]["run"]["do"] | {"cmd": "true"}
    assert stages["data"]["cmd"] == "cp -r .kept/data results/data"
    assert (place / ".kept" / "data" / "width.json").read_text() == "{}"


@red_with(Mutant(is_unchanged, "len(ran) == 2", "True"))
def test_a_stage_that_ran_is_seen() -> None:
    said = "Running stage 'data':\n> true\nStage 'run@width' didn't change, skipping\nRunning stage 'published':\n"
    assert is_unchanged(said)
    assert not is_unchanged(said + "Running stage 'report':\n")
