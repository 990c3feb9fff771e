from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.store.workspace import Workspace
from benchmark.tracking import feeder
from benchmark.tracking.child_run import max_points
from benchmark.tracking.connection import TrackingUnavailable
from benchmark.tracking.feed import Feed, farewell, start_feed
from benchmark.tracking.feeder import PatientTracker
from benchmark.tracking.sync import sync
from benchmark.tracking.tracker import Tracker
from tests.tracking import synthetic
from tests.tracking.test_sync import runs


def started(workspace: Workspace, uri: str | None = None) -> Feed:
    folder = workspace.root / "runs" / "feed"
    return start_feed(folder, uri or workspace.tracking_uri, synthetic.provenance(), synthetic.planned())


def give(feed: Feed, cells: list[synthetic.Cell]) -> None:
    for cell in cells:
        feed.cell(synthetic.rows(cell), synthetic.summary(cell))


def wait_until(happened: Callable[[], bool], seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def n_runs(workspace: Workspace) -> int:
    try:
        return len(runs(workspace)[1])
    except AttributeError:  # the experiment is not there yet
        return 0


def test_what_was_fed_live_needs_no_syncing(workspace: Workspace) -> None:
    feed = started(workspace)
    give(feed, synthetic.cells())
    assert feed.close(60)
    _, found = runs(workspace)
    assert len(found) == 13
    assert found["width ci @ 01234567+"].info.status == "FINISHED"
    (synced,) = sync(workspace)
    assert (synced.n_written, synced.n_kept) == (0, 12)
    assert not list(feed.journal.parent.glob("*.jsonl"))


def test_after_a_killed_feeder_sync_is_complete_and_doubles_nothing(workspace: Workspace) -> None:
    feed = started(workspace)
    give(feed, synthetic.cells())
    wait_until(lambda: n_runs(workspace) >= 4)
    feed.feeder.kill()
    assert not feed.close()
    sync(workspace)
    client, found = runs(workspace)
    assert len(found) == 13
    for run in found.values():
        if "cell" in run.data.tags:
            curve = client.get_metric_history(run.info.run_id, "training/error")
            assert len({point.step for point in curve}) == len(curve) <= max_points


def test_a_silent_server_delays_the_runner_by_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner calls nobody, so that there is nobody to wait for: no clock tells that on a busy machine."""

    def connect(*_: object) -> None:
        raise AssertionError("the runner itself called a server")

    monkeypatch.setattr(socket.socket, "connect", connect)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        begun = time.process_time()
        feed = started(workspace, f"http://127.0.0.1:{listener.getsockname()[1]}")
        assert time.process_time() - begun < 0.5
        for cell in 10 * synthetic.cells():
            rows, summary = synthetic.rows(cell), synthetic.summary(cell)
            begun = time.process_time()
            feed.cell(rows, summary)
            assert time.process_time() - begun < 0.5
        begun = time.monotonic()
        assert not feed.close(0.5)
        assert time.monotonic() - begun < 0.5 + farewell + 60
    assert feed.n_lost == 0


def test_an_unfinished_suite_is_shown_as_killed(workspace: Workspace) -> None:
    journal = workspace.root / "journal.jsonl"
    cell = synthetic.cells()[0]
    lines = [
        {"provenance": synthetic.provenance(), "cells": synthetic.planned()},
        {"rows": synthetic.rows(cell), "summary": synthetic.summary(cell)},
        {"end": True},
    ]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert feeder.main(journal, workspace.tracking_uri) == 0
    _, found = runs(workspace)
    assert found["width ci @ 01234567+"].info.status == "KILLED"


def journal_of(workspace: Workspace, cells: list[synthetic.Cell], results: Path | None) -> Path:
    journal = workspace.root / "journal.jsonl"
    place = None if results is None else str(results)
    lines = [
        {"provenance": synthetic.provenance(), "cells": synthetic.planned(), "results": place},
        *({"rows": synthetic.rows(cell), "summary": synthetic.summary(cell)} for cell in cells),
        {"end": True},
    ]
    journal.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return journal


def test_cells_that_the_run_store_had_already_are_taken_from_the_tables(workspace: Workspace) -> None:
    journal = journal_of(workspace, synthetic.cells()[:6], workspace.results / "width")
    assert feeder.main(journal, workspace.tracking_uri) == 0
    _, found = runs(workspace)
    assert len(found) == 13
    assert found["width ci @ 01234567+"].info.status == "FINISHED"
    (synced,) = sync(workspace)
    assert (synced.n_written, synced.n_kept) == (0, 12)


def test_tables_of_another_run_complete_nothing(workspace: Workspace) -> None:
    path = workspace.results / "width" / "provenance.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"started": "2025-01-01T00:00:00+00:00"}))
    journal = journal_of(workspace, synthetic.cells()[:6], path.parent)
    assert feeder.main(journal, workspace.tracking_uri) == 0
    _, found = runs(workspace)
    assert len(found) == 7
    assert found["width ci @ 01234567+"].info.status == "KILLED"


def test_a_feeder_given_up_ends_the_run_that_finished_and_says_that_cells_are_missing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(tracker: object, run: object, data: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Tracker, "child", interrupt)
    journal = journal_of(workspace, synthetic.cells(), workspace.results / "width")
    assert feeder.main(journal, workspace.tracking_uri) == 1
    _, found = runs(workspace)
    assert [run.info.status for run in found.values()] == ["FINISHED"]


def test_a_feed_that_gives_up_leaves_no_run_running(workspace: Workspace) -> None:
    feed = started(workspace)
    give(feed, synthetic.cells()[:1])
    wait_until(lambda: n_runs(workspace) >= 2)
    assert not feed.close(0)
    _, found = runs(workspace)
    assert found["width ci @ 01234567+"].info.status == "KILLED"  # eleven cells are missing


slow = """
import os, sys, time
os.utime(sys.argv[1], (0, 0))
for _ in range(int(sys.argv[2])):
    time.sleep(0.1)
    os.utime(sys.argv[1])
time.sleep(float(sys.argv[3]))
"""


def slow_feed(folder: Path, n_steps: int, idle: float) -> Feed:
    journal = folder / "journal.jsonl"
    command = [sys.executable, "-c", slow, str(journal), str(n_steps), str(idle)]
    file = journal.open("wb", buffering=0)
    feed = Feed(journal=journal, file=file, feeder=subprocess.Popen(command, stdin=subprocess.PIPE))
    born = journal.stat().st_mtime
    wait_until(lambda: journal.stat().st_mtime != born)  # it is there: starting Python is no stall
    return feed


def test_a_feed_waits_while_its_feeder_gets_on(tmp_path: Path) -> None:
    assert slow_feed(tmp_path, 70, 0).close(300, 5)


@pytest.mark.parametrize(("n_steps", "idle", "wait", "stall"), [(0, 900, 600, 0.2), (9000, 0, 0.5, 600)])
def test_a_feed_gives_up_on_a_feeder_that_stalls_or_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_steps: int, idle: float, wait: float, stall: float
) -> None:
    monkeypatch.setattr("benchmark.tracking.feed.farewell", 0.0)
    begun = time.monotonic()
    assert not slow_feed(tmp_path, n_steps, idle).close(wait, stall)
    assert time.monotonic() - begun < 200


def test_a_feeder_ends_with_its_parent(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.tracking import synthetic;"
        "from benchmark.tracking.feed import start_feed;"
        "feed = start_feed(Path(sys.argv[1]), 'http://127.0.0.1:9', synthetic.provenance(), {});"
        "print(feed.feeder.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    parent = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, check=False)
    assert parent.returncode == -signal.SIGKILL, parent.stderr.decode()
    pid = int(parent.stdout)
    wait_until(lambda: not Path(f"/proc/{pid}").exists() if Path("/proc").exists() else not _alive(pid))
    assert not list(tmp_path.glob("*.jsonl"))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_feed_imports_neither_mlflow_nor_torch() -> None:
    script = (
        "import sys, benchmark.tracking.feed; assert not {'mlflow', 'torch', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_full_disk_is_counted_and_raises_nothing(workspace: Workspace) -> None:
    feed = started(workspace, "http://127.0.0.1:9")
    feed.file.close()
    give(feed, synthetic.cells()[:2])
    assert feed.n_lost == 2
    assert not feed.close(0)


class Opened:
    """Stands in for a tracker."""


def test_a_store_that_comes_back_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeder, "shortest_pause", 0.001)
    outages = iter([True, True, False, True, False, False])
    written: list[int] = []
    n_opened: list[int] = []

    def open_tracker() -> Opened:
        n_opened.append(1)
        return Opened()

    def write(number: int) -> Callable[[object], None]:
        def action(tracker: object) -> None:
            if next(outages, False):
                raise TrackingUnavailable("down")
            written.append(number)

        return action

    patient = PatientTracker(open_tracker)  # type: ignore[arg-type]
    for number in range(4):
        patient.do(write(number))
    assert written == [0, 1, 2, 3]
    assert len(n_opened) == 4  # opened anew after each of three failures
    assert patient.n_refused == 0


def test_what_the_store_refuses_does_not_hold_up_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(tracker: object) -> None:
        raise ValueError("no such thing")

    patient = PatientTracker(Opened)  # type: ignore[arg-type]
    patient.do(refuse)
    assert patient.n_refused == 1
    assert "no such thing" in capsys.readouterr().err
