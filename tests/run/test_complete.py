"""What goes wrong is a row, and the rest goes on; what is there is not computed again."""

from __future__ import annotations

import dataclasses
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from benchmark.results import records
from benchmark.results.provenance import read_provenance
from benchmark.run.complete import Outcome, bench_of, complete, forecast
from benchmark.run.device import BadDevice
from benchmark.run.events import Event
from benchmark.run.pool import CannotWork
from benchmark.run.run_state import RunState
from benchmark.run.tables import head_of, write_tables
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, plan
from tests import root, warm

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("forked")]
path = root / "tests" / "faults" / "faulty_suite"


def planned(*, deadly: bool = False) -> Plan:
    folder = SuiteFolder(path=path)
    config = dataclasses.replace(folder.suite.profiles["ci"], deadly=deadly)
    return plan(folder, profile="ci", config=config)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace(tmp_path_factory.mktemp("faulty run"))


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return []


@pytest.fixture(scope="module")
def outcome(commands: Path, workspace: Workspace, events: list[Event]) -> Outcome:
    with warm.forking(commands):
        return complete(planned(), workspace, device="cpu", n_workers=1, on_event=events.append)


def table(outcome: Outcome) -> pd.DataFrame:
    return records.read(outcome.results / "records.parquet")


def test_every_cell_and_measure_has_a_row(outcome: Outcome) -> None:
    frame = table(outcome)
    laid_out = planned()
    for job in laid_out.jobs:
        rows = frame[
            (frame["label"] == job.measure.label)
            & frame["cells"].map(lambda keys, job=job: list(keys) == [job.cells[0].key])
        ]
        assert len(rows), laid_out.name(job.cells[0])


def test_statuses_tell_apart_what_went_wrong(outcome: Outcome) -> None:
    assert outcome.by_status == {"done": 1, "diverged": 1, "not_converged": 1, "failed": 4}
    reasons = dict(outcome.failures)
    assert any("batch_size is 101" in reason for reason in reasons.values())
    assert any("what it rests on failed" in reason for reason in reasons.values())
    assert any("parent" in reason and "diverged" in reason for reason in reasons.values())
    assert any("ended at step 20, before step 500" in reason for reason in reasons.values())
    assert sum("nothing is below 0.5" in reason for reason in reasons.values()) == 2


def test_rows_of_what_went_wrong_have_no_value_and_a_reason(outcome: Outcome) -> None:
    frame = table(outcome)
    bad = frame[frame["status"].isin(["failed", "diverged"]) & (frame["measure"] != "history")]
    assert bad["value"].isna().all() and (bad["reason"] != "").all()
    good = frame[(frame["status"] == "done") & (frame["measure"] == "weight_norm")]
    assert len(good) and good["value"].notna().all()


def test_what_is_in_the_store_is_not_computed_again(outcome: Outcome, workspace: Workspace) -> None:
    names = ("records.parquet", "provenance.json")
    before = {name: (outcome.results / name).read_bytes() for name in names}
    again = complete(planned(), workspace, device="cpu", n_workers=2)
    # what failed is tried anew
    assert again.by_status == outcome.by_status
    assert again.n_computed < outcome.n_computed
    assert {name: (again.results / name).read_bytes() for name in names} == before
    cached = read_provenance(again.results)["cells"]
    assert sum(cell["cached"] for cell in cached.values()) >= 1
    found = forecast(planned(), workspace, device="cpu")
    assert (found.n_cells, found.n_trained) == (8, 3)


def test_a_cell_that_kills_its_worker_fails_and_the_rest_goes_on(
    outcome: Outcome, workspace: Workspace, tmp_path: Path
) -> None:
    again = complete(planned(deadly=True), workspace, device="cpu", n_workers=1, results=tmp_path)
    assert again.by_status == {**outcome.by_status, "failed": 5}
    assert any("worker died 3 times (exit code 9)" in reason for _, reason in again.failures)


def test_a_damaged_network_is_put_aside_and_made_anew(outcome: Outcome, workspace: Workspace) -> None:
    before = (outcome.results / "records.parquet").read_bytes()
    good = next(
        entry
        for entry in workspace.runs.glob("*/*/*")
        if entry.is_dir() and (entry / "test_logits.safetensors").exists()
    )
    weights = good / "weights.safetensors"
    original = weights.read_bytes()
    weights.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    notes: list[str] = []

    def listen(event: Event) -> None:
        if event.kind == "note":
            notes.append(event.text)

    again = complete(planned(), workspace, device="cpu", n_workers=1, on_event=listen)
    assert any("damaged" in note for note in notes)
    assert good.with_name(f"{good.name}.bad-1").exists()
    assert weights.read_bytes() == original
    assert (again.results / "records.parquet").read_bytes() == before


def test_a_full_disk_stops_the_run_and_touches_no_table(
    outcome: Outcome, workspace: Workspace, tmp_path: Path
) -> None:
    before = (outcome.results / "records.parquet").read_bytes()
    script = tmp_path / "full_disk_worker.py"
    script.write_text(
        "import errno, benchmark.store.entry\n"
        "from benchmark.run.worker import main\n"
        "def full(path, data, named=True): raise OSError(errno.ENOSPC, 'No space left on device', str(path))\n"
        "benchmark.store.entry.write_atomic = full\n"
        "main()\n"
    )
    elsewhere = Workspace(tmp_path / "fresh")
    with pytest.raises(CannotWork, match="No space left on device"):
        complete(
            planned(),
            elsewhere,
            device="cpu",
            n_workers=1,
            results=outcome.results,
            worker=(sys.executable, str(script)),
        )
    assert (outcome.results / "records.parquet").read_bytes() == before


def test_workers_that_cannot_start_stop_the_run(tmp_path: Path) -> None:
    broken = (sys.executable, "-c", "import sys; sys.exit(3)")
    with pytest.raises(CannotWork, match="exit code 3 before they are ready"):
        complete(planned(), Workspace(tmp_path), device="cpu", n_workers=2, worker=broken)


def test_two_writers_of_tables_do_not_disturb_each_other(outcome: Outcome, workspace: Workspace) -> None:
    bench = bench_of("ci", workspace, "cpu")
    states = [
        RunState(plan=planned(), bench=bench, on_event=lambda event: None, start_feed=None) for _ in range(2)
    ]
    head = head_of(planned(), bench, workspace.root, "twice")
    before = (outcome.results / "records.parquet").read_bytes()
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            list(pool.map(lambda state: write_tables(outcome.results, state, head), states))
    assert len((outcome.results / "records.parquet").read_bytes()) > 0.5 * len(before)
    assert (outcome.results / "arrays").is_dir()


def test_a_device_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    for wanted, said in (("cuda", "0 GPUs"), ("tpu", "use auto, cpu")):
        with pytest.raises(BadDevice, match=said):
            complete(planned(), Workspace(tmp_path), device=wanted)
    assert not list(tmp_path.iterdir())
