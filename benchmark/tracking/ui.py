"""`mlflow server` on this machine's own address, for looking at the store."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmark.tracking.connection import TrackingUnavailable, connect, settings
from benchmark.workspace import Workspace

host = "127.0.0.1"
page = "/#/experiments?workflowType=machine_learning"  # else MLflow opens its pages for language models
start_up = 120.0  # seconds; about 10 are usual
glance = 0.3


def ui(workspace: Workspace, port: int = 5000, *, say: Callable[[str], None] = print) -> None:
    """Serve the store until Ctrl-C, and say where; a store that is a server already is only named.

    Raises:
        TrackingUnavailable: when the store cannot be opened, or the server does not come up.
    """
    uri = workspace.tracking_uri
    connect(uri)
    if uri.startswith(("http://", "https://")):
        say(f"MLflow runs at {uri}")
        return
    chosen = free_port(port)
    if chosen != port:
        say(f"Port {port} is taken; using {chosen}")
    say("Starting MLflow ...")
    with _until_interrupted(), _server(uri, chosen, workspace.shared) as server:
        _wait_for(server, chosen)
        say(f"MLflow shows {uri}\nat http://{host}:{chosen}{page} (Ctrl-C ends it)")
        server.wait()


def free_port(wanted: int) -> int:
    """Return the wanted port if nobody listens there, else one that the system picks."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return int(probe.getsockname()[1])
    raise TrackingUnavailable(f"there is no free port on {host}")


@contextlib.contextmanager
def _server(uri: str, port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a session of its own, and end all of its processes."""
    command = [sys.executable, "-m", "mlflow", "server", "--backend-store-uri", uri]
    command += ["--host", host, "--port", str(port), "--workers", "1"]
    environment = os.environ | settings | {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    server = subprocess.Popen(
        command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield server
    finally:
        for sent, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, sent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(patience)


@contextlib.contextmanager
def _until_interrupted() -> Iterator[None]:
    """End quietly on Ctrl-C, and on SIGTERM as well, so that no server is left behind."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + start_up
    while server.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{host}:{port}/health", timeout=2):
            return
        time.sleep(glance)
    raise TrackingUnavailable(
        f"the MLflow server did not come up on port {port}; `mlflow server` by hand says why"
    )
