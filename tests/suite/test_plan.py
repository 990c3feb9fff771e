"""Planning is pure, quick, without torch, and pins cells to their data."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.cell import Derived, FromCheckpoint
from benchmark.suite.folder import SuiteNotFound, find
from benchmark.suite.plan import Plan, config_from_json, config_of_past, config_to_json, narrowed, plan
from tests import root
from tests.suites.manifest import planned


@pytest.mark.parametrize("profile", ["ci", "small", "pictures", "full"])
def test_config_survives_json(profile: str) -> None:
    config = planned("batch_size_sharpness", profile).config
    assert config_from_json(type(config), config_to_json(config)) == config


def test_parents_come_before_their_children() -> None:
    for profile in ("ci", "full"):
        laid_out = planned("batch_size_sharpness", profile)
        position = {cell.key: number for number, cell in enumerate(laid_out.all_cells)}
        assert all(
            position[parent.key] < position[cell.key]
            for cell in laid_out.all_cells
            for parent in cell.parents
        )


def test_names_tell_cells_apart() -> None:
    for profile in ("ci", "small", "pictures", "full"):
        laid_out = planned("batch_size_sharpness", profile)
        names = [laid_out.name(cell) for cell in laid_out.cells]
        assert len(set(names)) == len(names) == len({cell.key for cell in laid_out.cells})


def test_warm_starts_ask_their_parents_for_states() -> None:
    states = planned("batch_size_sharpness", "full").states
    assert states and all(len(steps) == 7 for steps in states.values())


def test_pinning_reaches_parents_and_changes_keys() -> None:
    folder = find("batch_size_sharpness", root / "suites")
    config = dataclasses.replace(folder.suite.profiles["full"], seeds=(0,))

    def pin(digest: str) -> Any:
        return lambda spec: dataclasses.replace(spec, digest=digest)

    first, second = (
        plan(folder, profile="full", config=config, pin=pin(digest)) for digest in ("a" * 64, "b" * 64)
    )
    assert not {cell.key for cell in first.cells} & {cell.key for cell in second.cells}
    for cell in first.all_cells:
        assert cell.data.digest == "a" * 64
        if isinstance(cell.start, (FromCheckpoint, Derived)):
            assert all(parent.data.digest == "a" * 64 for parent in cell.parents)


def test_planning_needs_no_torch() -> None:
    code = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "mlflow", "optuna", "dvc", "ray"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocked())
from tests.suites.manifest import planned
assert len(planned("batch_size_sharpness").cells) == 60
from benchmark.suite.folder import find
from tests import root
assert find("batch_size_sharpness", root / "suites").claims
"""
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)


def test_unknown_suites_get_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SuiteNotFound, match="did you mean 'batch_size_sharpness'"):
        find("batch_size_sharpnes", root / "suites")
    with pytest.raises(SuiteNotFound, match=r"has no suite\.py"):
        find(str(tmp_path), root / "suites")


def test_a_part_of_a_plan_keeps_the_numbers_of_its_measures_and_all_that_they_need() -> None:
    whole = planned("width")
    part = narrowed(
        whole,
        cells=lambda cell: whole.factors(cell)["member"] == "matched" and whole.seed(cell) == 3,
        measures=lambda measure: measure.family == "barrier",
        histories=False,
    )
    assert part.jobs and all(whole.jobs[job.number] is job for job in part.jobs)
    assert {whole.factors(cell)["member"] for cell in part.cells} == {"first", "matched"}
    assert {whole.factors(cell)["member"] for cell in part.all_cells} == {"first", "second", "matched"}
    assert {whole.seed(cell) for cell in part.all_cells} == {3}


def test_a_part_without_a_measure_is_its_trainings() -> None:
    whole = planned("width")

    def part(*, histories: bool) -> Plan:
        return narrowed(
            whole,
            cells=lambda cell: whole.seed(cell) == 0,
            measures=lambda measure: False,
            histories=histories,
        )

    assert {whole.seed(cell) for cell in part(histories=True).cells} == {0}
    assert part(histories=False).cells == ()


@pytest.mark.parametrize("name", ["batch_size_sharpness", "depth_skip_connections", "width"])
def test_a_run_that_is_over_keeps_its_config_though_its_sweep_could_not_be_asked_today(name: str) -> None:
    kind = type(find(name, root / "suites").suite.profiles["ci"])
    then = {**config_to_json(kind()), "sweep_trials": 6, "sweep_seeds": [1_000_000, 1_000_001]}
    with pytest.raises(ValueError, match="sweep_seeds"):
        config_from_json(kind, then)
    found = config_of_past(kind, then)
    assert found == dataclasses.replace(kind(), sweep_trials=0, sweep_seeds=(1_000_000, 1_000_001))
