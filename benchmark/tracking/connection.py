"""The one door to MLflow: a client that fails within seconds, and a sqlite store that is created once."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

artifact_folder = "mlartifacts"
patience = 2  # seconds for one answer of a server

settings = {  # read by MLflow when it is imported; its own defaults block a call for minutes
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": str(patience),
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
}


class TrackingUnavailable(Exception):
    """The store cannot be reached or used; the message is one line with the address and the remedy."""


def connect(uri: str) -> Any:
    """Return an `MlflowClient` on a store that answered.

    Raises:
        TrackingUnavailable: when there is no MLflow, no server, or no usable file.
    """
    prepare_environment()
    if uri.startswith(("http://", "https://")):
        _knock(uri)
    with telling(uri):
        try:
            from mlflow import MlflowClient
        except ImportError as error:
            raise TrackingUnavailable("MLflow is not installed; pip install 'lossbench[pipeline]'") from error
        quieten()
        if uri.startswith("sqlite:///"):
            _create_once(_path(uri))
        client = MlflowClient(tracking_uri=uri)
        client.search_experiments(max_results=1)
    return client


def prepare_environment() -> None:
    """Set what MLflow reads from the environment, where the user has not."""
    for name, value in settings.items():
        os.environ.setdefault(name, value)


@contextmanager
def telling(uri: str) -> Iterator[None]:
    """Turn what MLflow raises about a store out of reach into `TrackingUnavailable`.

    A refused value stays the error it is: trying again would not help.
    """
    try:
        yield
    except TrackingUnavailable:
        raise
    except Exception as error:
        known = type(error).__module__.split(".")[0] in ("mlflow", "requests", "sqlalchemy", "sqlite3")
        refused = getattr(error, "error_code", "") == "INVALID_PARAMETER_VALUE"
        if refused or not (known or isinstance(error, OSError)):
            raise
        raise TrackingUnavailable(f"MLflow store {uri}: {_reason(error)}; then `lossbench sync`") from error


def _reason(error: BaseException) -> str:
    """Return the first line of what is at the bottom of an error, and what to do about a damaged store."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    line = str(error).strip().partition("\n")[0][:160]
    if isinstance(error, sqlite3.DatabaseError) and "malformed" in line:
        line += "; nothing is lost by removing it, with the -wal and -shm files beside it"
    return line


def artifact_location(uri: str, experiment: str) -> str | None:
    """Return where artifacts of an experiment go: beside a sqlite file; a server has its own place."""
    if not uri.startswith("sqlite:///"):
        return None
    return (_path(uri).parent / artifact_folder / experiment).as_uri()


def _path(uri: str) -> Path:
    return Path(uri.removeprefix("sqlite:///")).resolve()


def _knock(uri: str) -> None:
    """Ask a server for its health; a server that is up answers at once, whatever the answer."""
    try:
        with urllib.request.urlopen(f"{uri.rstrip('/')}/health", timeout=patience):  # noqa: S310, it is http
            pass
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            reason = f"answers {error.code}; look at its log"
            raise TrackingUnavailable(f"MLflow server {uri} {reason}, then `lossbench sync`") from error
    except (OSError, ValueError) as error:
        reason = (
            f"does not answer ({getattr(error, 'reason', error)}); start it, or unset MLFLOW_TRACKING_URI"
        )
        raise TrackingUnavailable(f"MLflow server {uri} {reason}, then `lossbench sync`") from error


def _create_once(path: Path) -> None:
    """Create the store beside its place and move it there whole: first openers at once break each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_name(f"{path.name}.lock")):
        if path.exists():
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA schema_version")  # fails at once on what is no database
            return
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        quieten()
        draft = path.with_name(f"{path.name}.new")
        draft.unlink(missing_ok=True)
        store: Any = SqlAlchemyStore(f"sqlite:///{draft}", (path.parent / artifact_folder).as_uri())  # type: ignore[no-untyped-call]
        store.engine.dispose()
        with closing(sqlite3.connect(draft)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")  # a reader and a writer do not block each other
        for trace in (
            "-wal",
            "-shm",
        ):  # of a store that somebody removed: SQLite would take them for this one's
            path.with_name(f"{path.name}{trace}").unlink(missing_ok=True)
        draft.rename(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def quieten() -> None:
    """Leave MLflow's warnings and errors, and none of its news."""
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
