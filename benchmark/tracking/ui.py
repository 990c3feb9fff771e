"""Opens the store to a browser on this machine."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmark.results import links
from benchmark.store.workspace import Workspace
from benchmark.tracking import views
from benchmark.tracking.connection import TrackingUnavailable, connect
from benchmark.tracking.server import front, mlflow_app, with_links

patience = 3  # seconds for requests under way when it ends


def ui(workspace: Workspace, port: int = links.port, *, say: Callable[[str], None] = print) -> None:
    """Serve the store until Ctrl-C, and say where; a store that is a server already is only named.

    Raises:
        TrackingUnavailable: when the store cannot be opened.
    """
    uri = workspace.tracking_uri
    if uri.startswith(("http://", "https://")):
        connect(uri)
        say(f"MLflow runs at {uri}")
        return
    say("Starting MLflow ...")
    client = connect(uri)
    with listening(port) as listener, _until_interrupted():
        chosen = int(listener.getsockname()[1])
        app = with_links(mlflow_app(uri), client)
        if chosen != port:
            say(f"Port {port} is taken, so that links of the report lead nowhere; using {chosen}")
        say("\n".join(_where(client, uri, f"http://{links.host}:{chosen}")))
        _serve(app, listener)


def _where(client: Any, uri: str, address: str) -> Iterator[str]:
    yield f"MLflow shows {uri}"
    yield f"  {address}{front}"
    for experiment in sorted(client.search_experiments(), key=lambda found: str(found.name)):
        if f"{views.prefix}{views.cells}" in experiment.tags:
            link = partial(links.mlflow_link, *(experiment.tags[name] for name in ("suite", "profile")))
            yield f"  {experiment.name}: {link(address=address)}"
            yield f"    charts: {link(address=address, view='charts')}"
    yield "Ctrl-C ends it"


def _serve(app: Any, listener: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=patience)
    uvicorn.Server(config).run(sockets=[listener])


def listening(wanted: int) -> socket.socket:
    """Return a socket on the wanted port, or where somebody listens there already on one that the system picks."""
    for port in (wanted, 0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((links.host, port))
            listener.listen(128)
        except OSError:
            listener.close()
            continue
        return listener
    raise TrackingUnavailable(f"there is no free port on {links.host}")


@contextlib.contextmanager
def _until_interrupted() -> Iterator[None]:
    """End quietly on Ctrl-C, and on SIGTERM as well."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)
