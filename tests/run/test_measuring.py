"""A measure's long loop goes on where it was stopped."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.run.bench import Bench, Stopped
from benchmark.run.measuring import Place, Tabulation
from benchmark.store.entry import Entry
from benchmark.store.run_store import Store


class Stopping:
    """Computes squares, asks to stop after some of them, and counts."""

    def __init__(self, after: float = math.inf) -> None:
        self.after = after
        self.seen: list[float] = []

    def __call__(self, point: float) -> tuple[float, float]:
        self.seen.append(point)
        return point * point, math.inf if point else math.nan

    def stop(self) -> bool:
        return len(self.seen) >= self.after


def tabulation(tmp_path: Path, stop: Callable[[], bool] = lambda: False, identity: str = "1e") -> Tabulation:
    bench = Bench(store=Store(tmp_path), device="cpu", numerics={}, snapshot_seconds=1e9, stop=stop)
    return Tabulation(Place(entry=Entry(tmp_path / "entry"), slug="surface", identity=identity), bench)


points = [0.0, 0.1, 0.2, 0.3]


def test_stopped_table_goes_on_at_the_point_where_it_stopped(tmp_path: Path) -> None:
    first, second = Stopping(after=2), Stopping()
    with pytest.raises(Stopped, match="point 2 of 4"):
        tabulation(tmp_path, first.stop)(points, first)
    rows = tabulation(tmp_path)(points, second)
    assert (first.seen, second.seen) == (points[:2], points[2:])
    assert rows[:, 0].tolist() == [point * point for point in points]
    assert math.isnan(rows[0, 1]) and rows[1:, 1].tolist() == [math.inf] * 3


def test_rows_of_other_code_are_not_used(tmp_path: Path) -> None:
    first, second = Stopping(after=2), Stopping()
    with pytest.raises(Stopped):
        tabulation(tmp_path, first.stop)(points, first)
    tabulation(tmp_path, identity="2e")(points, second)
    assert second.seen == points


def test_two_tables_of_a_measure_do_not_mix(tmp_path: Path) -> None:
    first = Stopping(after=6)
    stopped = tabulation(tmp_path, first.stop)
    stopped(points, first)
    with pytest.raises(Stopped):
        stopped(points, first)
    again, whole, rest = tabulation(tmp_path), Stopping(), Stopping()
    again(points, whole)
    again(points, rest)
    assert rest.seen == points[2:]


def test_damaged_rows_are_computed_anew(tmp_path: Path) -> None:
    first, second = Stopping(after=2), Stopping()
    with pytest.raises(Stopped):
        tabulation(tmp_path, first.stop)(points, first)
    (part,) = (tmp_path / "entry" / "measures").glob("*.part-0.json")
    part.write_text(part.read_text().replace("0x", "0y", 1))
    tabulation(tmp_path)(points, second)
    assert second.seen == points


def test_rows_are_gone_when_the_result_is_there(tmp_path: Path) -> None:
    first = Stopping(after=2)
    stopped = tabulation(tmp_path, first.stop)
    with pytest.raises(Stopped):
        stopped(points, first)
    stopped.where.entry.drop_unfinished_rows("surface")
    assert not list((tmp_path / "entry" / "measures").iterdir())


def test_a_result_leaves_the_rows_of_a_measure_with_options_alone(tmp_path: Path) -> None:
    first = Stopping(after=2)
    finer = tabulation(tmp_path, first.stop)
    finer.where = Place(entry=finer.where.entry, slug="surface.n_points-51", identity="1e")
    with pytest.raises(Stopped):
        finer(points, first)
    finer.where.entry.drop_unfinished_rows("surface")
    assert finer.where.entry.unfinished_rows("surface.n_points-51", "1e", 0)
