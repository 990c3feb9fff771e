from __future__ import annotations

from typing import Any

import pytest

from benchmark.store.workspace import Workspace
from benchmark.tracking import studies
from benchmark.tracking.connection import connect
from benchmark.tracking.sync import sync
from tests.tracking import synthetic
from tests.tracking.test_sync import runs


@pytest.fixture
def tuned(changing: Workspace) -> Workspace:
    """A workspace with cells and two studies, synced."""
    synthetic.write_answer(changing.root)
    sync(changing)
    return changing


def of_study(workspace: Workspace, arm: str) -> tuple[Any, dict[str, Any]]:
    """Return the study of an arm, and name -> its trials."""
    client = connect(workspace.tracking_uri)
    experiment = client.get_experiment_by_name("lossbench/width-ci")
    found = client.search_runs([experiment.experiment_id], f"tags.study = '{arm}'")
    (parent,) = [run for run in found if run.data.tags["kind"] == "study"]
    return parent, {run.info.run_name: run for run in found if run is not parent}


def test_a_study_is_a_run_and_its_trials_are_its_children(tuned: Workspace) -> None:
    parent, trials = of_study(tuned, "width=64")
    assert parent.info.run_name == "sweep width=64"
    assert list(trials) == [
        "trial 0 lr=0.1 width=64", "trial 1 lr=0.3 width=64", "trial 2 lr=1 width=64", "trial 3 lr=0.01 width=64",
    ]  # fmt: skip
    assert {run.data.tags["mlflow.parentRunId"] for run in trials.values()} == {parent.info.run_id}
    assert parent.data.metrics == pytest.approx(
        {"sweep/val_error": 0.04, "sweep/gain": 0.03, "sweep/gain_standard_error": 0.0, "importance/lr": 1.0}
    )
    assert parent.data.params["in_force.lr"] == "0.1"
    assert parent.data.params["space.lr"] == "0.01 to 1 (log)"
    assert parent.data.tags["mlflow.note.content"].startswith(
        "Best is lr=0.3 (trial 1, val_error 0.04) of 4 trials, 1 of them pruned. "
        "It kept the default: a standard error takes at least 4 sweep seeds"
    )


def test_a_trial_has_its_point_its_error_and_its_state(tuned: Workspace) -> None:
    _, trials = of_study(tuned, "width=4")
    best = trials["trial 1 lr=0.3 width=4"]
    assert best.info.status == "FINISHED"
    assert best.data.params == {"lr": "0.3"}
    assert best.data.metrics["sweep/val_error"] == pytest.approx(0.04)
    assert (best.data.tags["kind"], best.data.tags["state"], best.data.tags["best"]) == (
        "trial",
        "complete",
        "true",
    )
    in_force = {name for name, run in trials.items() if run.data.tags.get("in_force")}
    assert in_force == {"trial 0 lr=0.1 width=4"}


def test_a_study_from_before_gains_were_judged_has_its_best_point_in_force() -> None:
    answer = synthetic.answer()
    study = answer["studies"]["width=4"]
    for name in ("gain", "standard_error", "chosen", "reason"):
        del study[name]
    assert studies.study_params(answer, "width=4")["in_force.lr"] == "0.3"
    tags = [run.tags for run in studies.trial_runs(answer, "width=4")]
    assert [found.get("in_force") for found in tags] == [None, "true", None, None]


def test_a_pruned_trial_is_killed_and_a_diverged_one_failed(tuned: Workspace) -> None:
    _, trials = of_study(tuned, "width=4")
    assert trials["trial 3 lr=0.01 width=4"].info.status == "KILLED"
    assert "sweep/val_error" not in trials["trial 3 lr=0.01 width=4"].data.metrics
    assert trials["trial 2 lr=1 width=4"].info.status == "FAILED"
    assert trials["trial 2 lr=1 width=4"].data.tags["status"] == "diverged"


def test_syncing_a_sweep_twice_changes_nothing(tuned: Workspace) -> None:
    _, before = runs(tuned)
    cells, trials = sync(tuned)
    _, after = runs(tuned)
    assert (trials.kind, trials.n_written, trials.n_kept, trials.n_removed) == ("trials", 0, 8, 0)
    assert cells.n_written == 0
    assert {name: run.to_dictionary() for name, run in before.items()} == {
        name: run.to_dictionary() for name, run in after.items()
    }


def test_a_study_that_is_gone_vanishes_with_its_trials_and_the_cells_stay(tuned: Workspace) -> None:
    synthetic.write_answer(tuned.root, arms=("width=4",))
    _, trials = sync(tuned)
    _, found = runs(tuned)
    assert trials.n_removed == 4
    assert not any("width=64" in name for name in found)
    assert len(found) == 13 + 5


def test_a_sweep_shows_before_its_suite_has_run(workspace: Workspace) -> None:
    synthetic.write_answer(workspace.root)
    (workspace.results / "width" / "records.parquet").unlink()
    (trials,) = sync(workspace)
    assert trials.n_written == 8
    synthetic.write_results(workspace.root)
    sync(workspace)
    experiment = connect(workspace.tracking_uri).get_experiment_by_name("lossbench/width-ci")
    assert experiment.tags["mlflow.note.content"] == "Are wide networks flatter?"


def test_a_suite_without_a_sweep_has_no_studies(changing: Workspace) -> None:
    synthetic.write_answer(changing.root, arms=())
    assert [done.kind for done in sync(changing)] == ["cells"]


def test_another_question_is_another_study() -> None:
    answer = synthetic.answer()
    other = answer | {"asked": "f" * 16}
    assert studies.study_head(answer, "width=4").id != studies.study_head(other, "width=4").id
    assert studies.study_head(answer, "width=4").id != studies.study_head(answer, "width=64").id
