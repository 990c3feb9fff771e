"""A store is created once per test session, by three processes at once, and copied for every test."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections import OrderedDict
from contextlib import closing
from pathlib import Path

import pytest

from benchmark.store.workspace import Workspace
from benchmark.tracking.connection import settings
from benchmark.tracking.sync import sync
from tests.tracking import synthetic

open_store = "import sys; from benchmark.tracking.connection import connect; connect(sys.argv[1])"


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's server out of the tests."""
    for name in ("MLFLOW_TRACKING_URI", "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def fresh_store(commands: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store opened for the first time by three processes at once, in a folder with a space in its name."""
    store = tmp_path_factory.mktemp("a fresh store") / "mlflow.db"
    environment = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    command = [str(commands / "python"), "-c", open_store, f"sqlite:///{store}"]
    openers = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) for _ in range(3)]
    errors = [opener.communicate()[1].decode() for opener in openers]
    assert [opener.returncode for opener in openers] == [0, 0, 0], errors
    return store


@pytest.fixture
def workspace(tmp_path: Path, fresh_store: Path) -> Workspace:
    """A workspace with results and an empty store."""
    return _workspace(tmp_path / "a workspace", fresh_store)


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory, fresh_store: Path) -> Workspace:
    """A workspace that was synced once, to look at."""
    workspace = _workspace(tmp_path_factory.mktemp("synced") / "a workspace", fresh_store)
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("MLFLOW_TRACKING_URI", raising=False)
        sync(workspace)
    return workspace


@pytest.fixture
def changing(tmp_path: Path, synced: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of `synced`, to change."""
    from mlflow.tracking._tracking_service import utils

    monkeypatch.setattr(
        utils, "_artifact_repos_cache", OrderedDict()
    )  # by run, and copies have the same runs
    root = tmp_path / "a workspace"
    for folder in ("results", "reports", "mlartifacts"):
        shutil.copytree(synced.root / folder, root / folder)
    with (
        closing(sqlite3.connect(synced.root / "mlflow.db")) as store,
        closing(sqlite3.connect(root / "mlflow.db")) as copy,
    ):
        store.backup(copy)
        for table, column in (("runs", "artifact_uri"), ("experiments", "artifact_location")):
            places = (
                synced.root.as_uri(),
                root.as_uri(),
            )  # absolute: else copies would share their artifacts
            copy.execute(f"UPDATE {table} SET {column} = replace({column}, ?, ?)", places)
        copy.commit()
    return Workspace(root)


def _workspace(root: Path, store: Path) -> Workspace:
    root.mkdir()
    shutil.copy(store, root / "mlflow.db")
    synthetic.write_results(root)
    return Workspace(root)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let pass what MLflow itself is warned about by SQLAlchemy."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"))
