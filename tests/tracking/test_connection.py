from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from benchmark.store.workspace import Workspace
from benchmark.tracking.connection import TrackingUnavailable, artifact_location, connect, telling
from benchmark.tracking.sync import sync
from benchmark.tracking.ui import listening


@pytest.fixture
def silent_server() -> Iterator[str]:
    """A server that takes calls and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


class Broken(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_error(500)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def broken_server() -> Iterator[str]:
    """A server that answers 500."""
    with HTTPServer(("127.0.0.1", 0), Broken) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_three_first_openers_at_once_make_one_whole_store(fresh_store: Path) -> None:
    with closing(sqlite3.connect(fresh_store)) as store:
        assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert store.execute("SELECT count(*) FROM experiments").fetchone() == (1,)
    assert not list(fresh_store.parent.glob("*.new"))


def test_artifacts_lie_beside_the_store(tmp_path: Path) -> None:
    location = artifact_location(f"sqlite:///{tmp_path}/a b/mlflow.db", "lossbench/width-ci")
    assert location == (tmp_path / "a b" / "mlartifacts" / "lossbench" / "width-ci").as_uri()
    assert artifact_location("http://127.0.0.1:5000", "lossbench/width-ci") is None


def test_a_silent_server_is_told_in_one_line_within_seconds(
    workspace: Workspace, silent_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", silent_server)
    tries = []
    for _ in range(3):  # the least of three: what else the machine does is not the question
        begun = time.monotonic()
        with pytest.raises(TrackingUnavailable, match=f"{silent_server} does not answer") as caught:
            sync(workspace)
        tries.append(time.monotonic() - begun)
        if tries[-1] < 20:
            break
    assert min(tries) < 20  # two of patience, and what a busy machine adds
    assert "\n" not in str(caught.value)


def test_a_closed_port_is_told_at_once() -> None:
    with listening(0) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TrackingUnavailable, match="does not answer"):
        connect(f"http://127.0.0.1:{port}")


def test_a_broken_server_is_told(broken_server: str) -> None:
    with pytest.raises(TrackingUnavailable, match="answers 500"):
        connect(broken_server)


def test_a_file_that_is_no_store_is_told(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_bytes(b"not a database, but long enough to look at" * 10)
    with pytest.raises(TrackingUnavailable, match="MLflow store sqlite"):
        connect(f"sqlite:///{tmp_path}/mlflow.db")


def test_what_a_removed_store_left_beside_it_does_not_reach_the_next_one(tmp_path: Path) -> None:
    for trace in ("-wal", "-shm"):
        (tmp_path / f"mlflow.db{trace}").write_bytes(b"of another store")
    connect(f"sqlite:///{tmp_path}/mlflow.db")
    left = [path for path in tmp_path.iterdir() if path.read_bytes() == b"of another store"]
    assert not left


def test_a_damaged_store_is_told_with_what_to_do() -> None:
    outer = OSError("raised as a result of Query-invoked autoflush")
    outer.__cause__ = sqlite3.DatabaseError("database disk image is malformed")
    with pytest.raises(TrackingUnavailable, match="malformed; nothing is lost by"), telling("sqlite:///x"):
        raise outer


def test_a_port_that_is_taken_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        with listening(wanted) as listener:
            assert listener.getsockname()[1] != wanted
