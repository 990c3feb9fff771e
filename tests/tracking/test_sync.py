from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from benchmark.cli.context import BadInput
from benchmark.cli.main import app
from benchmark.results import records
from benchmark.store.workspace import Workspace
from benchmark.tracking.child_run import max_points
from benchmark.tracking.connection import connect
from benchmark.tracking.invocation import Invocation
from benchmark.tracking.sync import sync
from tests.tracking import synthetic


def runs(workspace: Workspace) -> tuple[Any, dict[str, Any]]:
    """Return the client and name -> run of all runs in the store, which must not hold a name twice."""
    client = connect(workspace.tracking_uri)
    experiment = client.get_experiment_by_name("lossbench/width-ci")
    found = list(client.search_runs([experiment.experiment_id], max_results=1000))
    assert len({run.info.run_name for run in found}) == len(found)
    return client, {run.info.run_name: run for run in found}


parent_name = "width ci @ 01234567+"
child_name = "bs=8 seed=1 matched_loss"


def test_every_cell_is_one_child_of_one_parent(workspace: Workspace) -> None:
    (done,) = sync(workspace)
    _, found = runs(workspace)
    parent = found.pop(parent_name)
    assert (done.n_written, len(found)) == (12, 12)
    assert {run.data.tags["mlflow.parentRunId"] for run in found.values()} == {parent.info.run_id}
    assert {run.data.tags["cell"] for run in found.values()} == set(synthetic.planned())


def test_page_newest_first_lists_cells_in_reading_order(synced: Workspace) -> None:
    _, found = runs(synced)
    newest_first = sorted(found.values(), key=lambda run: -run.info.start_time)
    names = [run.info.run_name for run in newest_first]
    assert names[:2] == ["bs=8 seed=0 equal_epochs", "bs=8 seed=1 equal_epochs"]
    assert names[-1] == parent_name


def test_syncing_twice_changes_nothing(changing: Workspace) -> None:
    sync(changing)  # the path of the report is another one than in the store it was copied from
    client, before = runs(changing)
    (again,) = sync(changing)
    _, after = runs(changing)
    assert (again.n_written, again.n_kept, again.n_removed) == (0, 12, 0)
    assert {n: run.to_dictionary() for n, run in before.items()} == {
        n: run.to_dictionary() for n, run in after.items()
    }
    run_id = after[child_name].info.run_id
    assert len(client.get_metric_history(run_id, "training/loss")) == max_points
    assert len(client.get_metric_history(after[parent_name].info.run_id, "effect/S1.C1-digits")) == 1


def test_a_child_has_params_metrics_tags_data_and_status(synced: Workspace) -> None:
    _, found = runs(synced)
    child = found[child_name]
    assert child.info.status == "FINISHED"
    assert child.info.end_time - child.info.start_time == 1500
    assert child.data.params["training.batch_size"] == "8"
    assert child.data.params["seed"] == "1"
    assert child.data.metrics["performance/test_error"] == pytest.approx(0.02 * (1.1 + 2.0794415416798357))
    assert child.data.tags["dirty"] == "true"
    assert child.data.tags["versions"] == "numpy 2.3.1, torch 2.15.0"
    assert [(d.dataset.name, d.dataset.digest) for d in child.inputs.dataset_inputs] == [("digits", "ab" * 6)]


def test_a_cell_that_did_not_finish_is_a_failed_run(synced: Workspace) -> None:
    _, found = runs(synced)
    child = found["bs=256 seed=2 matched_loss"]
    assert child.info.status == "FAILED"
    assert child.data.tags["status"] == "diverged"
    assert max(child.data.metrics.values()) < 1e300


def test_verdicts_figures_tables_and_report_are_on_the_parent(synced: Workspace) -> None:
    client, found = runs(synced)
    parent = found[parent_name]
    assert parent.data.metrics["effect/S1.C1-digits"] == 0.031
    assert parent.data.tags["verdict.S1.C1-digits"] == "reproduced"
    assert "verdict.S1.C1" not in parent.data.tags  # not run
    artifacts = {
        file.path
        for folder in ("figures", "tables", "results", "report")
        for file in client.list_artifacts(parent.info.run_id, folder)
    }
    assert artifacts == {
        "figures/width-error.svg",
        "tables/numbers.csv",
        "tables/two_model_line.csv",
        "tables/weight_histogram.csv",
        "results/invocation.json",
        "results/provenance.json",
        "results/records.parquet",
        "results/verdicts.json",
        "report/width.html",
    }


def test_a_changed_verdict_is_updated_and_one_no_longer_decided_removed(changing: Workspace) -> None:
    synthetic.write_verdicts(changing.root, "inconclusive")
    sync(changing)
    client, found = runs(changing)
    assert found[parent_name].data.tags["verdict.S1.C1-digits"] == "inconclusive"
    assert len(client.get_metric_history(found[parent_name].info.run_id, "effect/S1.C1-digits")) == 1
    synthetic.write_verdicts(changing.root, "not_run")
    sync(changing)
    _, found = runs(changing)
    assert "verdict.S1.C1-digits" not in found[parent_name].data.tags


def test_a_changed_cell_replaces_its_run_and_a_gone_cell_is_removed(changing: Workspace) -> None:
    changed, gone = synthetic.cells()[0], synthetic.cells()[-1]
    rows = [row for cell in synthetic.cells() if cell != gone for row in synthetic.rows(cell)]
    first = next(
        row for row in rows if row["quantity"] == "test_error" and row["cells"] == [synthetic.key(changed)]
    )
    first["value"] = 0.5
    records.write(changing.results / "width" / "records.parquet", rows)
    (done,) = sync(changing)
    _, found = runs(changing)
    assert (done.n_written, done.n_removed) == (1, 1)
    assert len(found) == 12  # the parent and eleven cells
    assert found["bs=8 seed=0 matched_loss"].data.metrics["performance/test_error"] == 0.5


def test_doubles_and_orphans_are_mended(changing: Workspace) -> None:
    client, found = runs(changing)
    child = found[child_name]
    tags = {name: child.data.tags[name] for name in ("invocation", "cell")}
    client.create_run(child.info.experiment_id, tags=tags, run_name="a double, interrupted")
    client.delete_run(found[parent_name].info.run_id)
    (done,) = sync(changing)
    _, after = runs(changing)
    assert done.n_written == 0
    assert "a double, interrupted" not in after
    parent = after.pop(parent_name).info.run_id
    assert {run.data.tags["mlflow.parentRunId"] for run in after.values()} == {parent}


def test_an_interrupted_run_is_filled_without_doubling_its_points(changing: Workspace) -> None:
    client, found = runs(changing)
    run_id = found[child_name].info.run_id
    for tag in ("content", "level"):  # it may have been begun by an older version, which set tags later
        client.delete_tag(run_id, tag)
    (done,) = sync(changing)
    assert done.n_written == 1
    assert len(client.get_metric_history(run_id, "training/loss")) == max_points
    assert client.get_run(run_id).data.tags["level"] == found[child_name].data.tags["level"]


def test_description_of_the_parent_has_a_line_for_each_verdict(synced: Workspace) -> None:
    _, found = runs(synced)
    lines = found[parent_name].data.tags["mlflow.note.content"].splitlines()
    assert lines[0] == "Claims: 1 reproduced, 1 not run."
    assert lines[2].startswith("`lossbench run width --profile ci`, report: `/")
    assert lines[4].startswith("* **S1.C1-digits reproduced**, effect 0.031 (0.02 to 0.042): Large batches")
    assert len(lines) == 5


def test_tables_of_another_folder_are_brought_in(workspace: Workspace) -> None:
    other = workspace.root / "results-try"
    workspace.results.rename(other)
    assert sync(workspace) == []
    (done,) = sync(workspace, ["width"], results=other)
    client, found = runs(workspace)
    parent = found[parent_name]
    assert (done.n_written, parent.info.status) == (12, "FINISHED")
    assert not client.list_artifacts(parent.info.run_id, "report")  # it shows the workspace's own tables


def test_the_command_brings_in_what_run_wrote_with_results(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.root)
    (workspace.root / "params.yaml").write_text("profile: ci\n")
    workspace.results.rename(workspace.root / "results-try")
    told = CliRunner().invoke(app, ["sync", "width", "--results", "results-try"])
    assert "width: 12 cells written, 0 unchanged, 0 removed" in told.output
    nowhere = CliRunner().invoke(app, ["sync", "--results", "elsewhere"])
    assert isinstance(nowhere.exception, BadInput)
    assert "--results elsewhere: there is no such folder" in str(nowhere.exception)


def test_a_run_is_named_by_what_its_command_sets() -> None:
    asked = {"command": "lossbench run width --set lr=0.05 --set 'widths=[4, 8]' --seeds 0-2"}
    assert Invocation(synthetic.provenance() | asked).name == (
        "width ci lr=0.05 widths=[4,8] seeds=3 @ 01234567+"
    )
    assert Invocation(synthetic.provenance()).name == parent_name


def test_an_older_name_of_a_run_is_mended(changing: Workspace) -> None:
    client, found = runs(changing)
    client.update_run(found[parent_name].info.run_id, name="an older name")
    sync(changing)
    assert parent_name in runs(changing)[1]


def test_suites_without_results_are_left_out(workspace: Workspace) -> None:
    assert sync(workspace, ["depth"]) == []


def test_invocations_differ_by_configuration_and_code_alone() -> None:
    provenance = synthetic.provenance()
    same = provenance | {"started": "2027-01-01T00:00:00+00:00", "seconds": 5.0}
    other = provenance | {"config": {"seeds": [0]}}
    with_code = provenance | {"code": "1" * 64}
    assert Invocation(same).id == Invocation(provenance).id
    dirty = provenance | {"git": provenance["git"] | {"dirty": False}}
    assert Invocation(dirty).id == Invocation(provenance).id
    assert Invocation(other).id != Invocation(provenance).id
    assert Invocation(with_code).id != Invocation(provenance).id
    assert Invocation(with_code | {"git": {"sha": "x", "dirty": False}}).id == Invocation(with_code).id


def test_start_may_be_told_in_seconds_or_as_a_date() -> None:
    provenance = synthetic.provenance()
    assert Invocation(provenance | {"started": 1777636800.0}).started == Invocation(provenance).started


def test_cells_get_the_data_sets_they_use() -> None:
    kinds = {"digits": "Digits", "birds": "ImageFolder", "fish": "ImageFolder"}
    invocation = Invocation({"data": {name: {"kind": kind} for name, kind in kinds.items()}})
    assert list(invocation.data({"data": "Digits"})) == ["digits"]
    assert list(invocation.data({"data": "ImageFolder", "data.name": "fish"})) == ["fish"]
    assert list(invocation.data()) == list(kinds)
