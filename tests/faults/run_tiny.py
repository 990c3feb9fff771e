"""Run the tiny suite, or `$SUITE` beside it, in a workspace: `python run_tiny.py WORKSPACE N_WORKERS`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.cells.data.catalog import pin
from benchmark.run import pool
from benchmark.run.complete import complete
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import plan

here = Path(__file__).parent


class DeadlyFeed:
    """A feed to MLflow of a run that is killed right after it handed over its first cell."""

    def __init__(self, head: dict[str, Any], cells: dict[str, dict[str, Any]]) -> None:
        from benchmark.tracking.feed import start_feed

        workspace = Path(sys.argv[1])
        self._feed = start_feed(workspace / "runs" / "feed", f"sqlite:///{workspace}/mlflow.db", head, cells)

    def cell(self, rows: list[dict[str, Any]], summary: Mapping[str, Any]) -> None:
        """Hand over a cell and die."""
        self._feed.cell(rows, summary)
        os.unlink(os.environ["KILL_TOKEN"])
        os.kill(os.getpid(), signal.SIGKILL)

    def close(self) -> bool:
        """Never be called."""
        raise AssertionError("the run outlived its kill")


if __name__ == "__main__":
    os.environ["KILL_PARENT"] = str(os.getpid())
    pool.most_together = int(os.environ.get("MOST_TOGETHER", pool.most_together))
    folder = SuiteFolder(path=here / os.environ.get("SUITE", "tiny_suite"))
    planned = plan(folder, profile="ci", config=folder.suite.profiles["ci"], pin=pin)
    complete(
        planned,
        Workspace(Path(sys.argv[1])),
        device="cpu",
        n_workers=int(sys.argv[2]),
        start_feed=DeadlyFeed if os.environ["KILL_AT"].startswith("feed") else None,
        snapshot_seconds=1e9,
        snapshot_steps=10,
        worker=(sys.executable, str(here / "killing_worker.py")),
    )
