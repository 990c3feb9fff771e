"""Where things are: the folder of a user's project and the paths in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

params_name = "params.yaml"


@dataclass(frozen=True)
class Workspace:
    """One folder = one profile at a time, as DVC users expect.

    Results and reports belong to the working copy. Runs, data and the tracking store belong to the main copy also
    when DVC runs an experiment in a copy of its own (`DVC_ROOT` names it), so that nothing is trained twice.

    Attributes:
        root: the folder.
        tables: where results are, if not in `root/results`.
    """

    root: Path
    tables: Path | None = None

    @property
    def shared(self) -> Path:
        """The main copy: `root`, or the repository of which DVC made `root` as a temporary copy."""
        dvc_root = os.environ.get("DVC_ROOT")
        is_copy = dvc_root and ".dvc/tmp" in self.root.as_posix()
        return Path(dvc_root) if dvc_root and is_copy else self.root

    @property
    def params(self) -> Path:
        """What a user turns."""
        return self.root / params_name

    @property
    def suites(self) -> Path:
        """The folder of suites."""
        return self.root / "suites"

    @property
    def results(self) -> Path:
        """The tables: what reports and tracking read."""
        return self.tables or self.root / "results"

    @property
    def reports(self) -> Path:
        """`latest`, and what was published."""
        return self.root / "reports"

    @property
    def runs(self) -> Path:
        """The run store, a cache: `$LOSSBENCH_RUNS`, or `runs` in the main copy."""
        return Path(os.environ.get("LOSSBENCH_RUNS") or self.shared / "runs").resolve()

    @property
    def tracking_uri(self) -> str:
        """`$MLFLOW_TRACKING_URI`, or a sqlite file in the main copy, absolute."""
        return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(self.shared / 'mlflow.db').resolve()}"


def find_workspace(start: Path | None = None) -> Workspace:
    """Return the nearest folder at or above `start` that holds params.yaml; else `start` itself."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / params_name).is_file():
            return Workspace(folder)
    return Workspace(here)
