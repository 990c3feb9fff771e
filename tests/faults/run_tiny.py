"""Run the tiny suite in a workspace: `python run_tiny.py WORKSPACE N_WORKERS`."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmark.data.catalog import pin
from benchmark.plan import plan
from benchmark.runner import complete
from benchmark.suite import SuiteFolder
from benchmark.workspace import Workspace

here = Path(__file__).parent

if __name__ == "__main__":
    folder = SuiteFolder(path=here / "tiny_suite")
    planned = plan(folder, profile="ci", config=folder.suite.profiles["ci"], pin=pin)
    complete(
        planned,
        Workspace(Path(sys.argv[1])),
        device="cpu",
        n_workers=int(sys.argv[2]),
        snapshot_seconds=1e9,
        snapshot_steps=10,
        worker=(sys.executable, str(here / "killing_worker.py")),
    )
