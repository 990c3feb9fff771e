"""What tracking costs: every way keeps all numbers, ours and MLflow's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import tracking
from bench.comparison import Comparison
from benchmark.cells.training.trajectory import Trajectory
from benchmark.tracking.connection import connect, settings
from benchmark.tracking.tracker import Tracker
from tests.mutants import Mutant, red_with

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")  # MLflow's own


def comparisons(folder: Path) -> list[Comparison]:
    uri = f"sqlite:///{folder / 'mlflow.db'}"
    client = connect(uri)
    return [tracking.in_the_loop(client, folder, n_steps=3), tracking.afterwards(client, uri, n_steps=3)]


@pytest.mark.slow
@red_with(
    Mutant(Trajectory._keep, "self.history.append(record)", "pass"),
    Mutant(Tracker._fill, "run.points", "run.points[1:]"),
)
def test_every_number_is_kept_in_every_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    for comparison in comparisons(tmp_path):
        for contender in comparison.contenders:
            assert contender.error([contender.solve(0)]) <= contender.tolerance, contender.name
