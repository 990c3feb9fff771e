"""Cells that are trained together end each in its own way, with the bytes that each has alone."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmark.cells.cell import Cell
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from benchmark.run.attempt import LoadedData
from benchmark.run.bench import Bench, Stopped, entry_of
from benchmark.run.complete import bench_of
from benchmark.run.train import Result, train, train_together
from benchmark.store.entry import Busy
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder
from tests import root

folder = SuiteFolder(path=root / "tests" / "faults" / "lanes_suite")


def cells(**options: Any) -> list[Cell]:
    config = dataclasses.replace(folder.suite.profiles["ci"], **{"seeds": (0, 1, 2, 3), **options})
    return list(folder.suite.cells(config))


def bench(path: Path, **options: Any) -> Bench:
    return dataclasses.replace(bench_of("small", Workspace(path), "cpu"), **options)


def together(some: Sequence[Cell], at: Bench, states: Mapping[str, Any] | None = None) -> dict[int, Result]:
    results: dict[int, Result] = {}
    train_together(some, at, states or {}, results.__setitem__)
    return results


def contents(some: Sequence[Cell], at: Bench) -> dict[str, dict[str, bytes]]:
    """Return the bytes of all that is a result."""
    return {
        cell.key: {
            path.name: path.read_bytes()
            for path in sorted(entry_of(cell, at.store, at.numerics).path.iterdir())
            if path.name != "attempts.jsonl"
        }
        for cell in some
    }


def attempts(cell: Cell, at: Bench) -> list[dict[str, int]]:
    path = entry_of(cell, at.store, at.numerics).path / "attempts.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Sequence[Cell]], Any]:
    """What the store holds of cells that were trained one after the other."""
    at = bench(tmp_path_factory.mktemp("alone"))

    def trained(some: Sequence[Cell]) -> dict[str, dict[str, bytes]]:
        for cell in some:
            train(cell, at)
        return contents(some, at)

    return trained


def test_cells_that_are_trained_together_have_the_bytes_of_each_alone(alone: Any, tmp_path: Path) -> None:
    some, at = cells(lrs=(0.1, 0.05)), bench(tmp_path)
    results = together(some, at)
    assert sorted(results) == list(range(8))
    assert all(isinstance(result, dict) and result["status"] == "done" for result in results.values())
    assert contents(some, at) == alone(some)
    assert together(some, at) == results  # found, not trained again
    assert all(len(attempts(cell, at)) == 2 for cell in some)


def test_cells_whose_data_find_no_room_together_come_one_after_the_other(
    alone: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, at, order = cells(), bench(tmp_path), list[int]()
    data = some[0].data.load("cpu")
    size = sum(part.inputs.nbytes for part in (data.train, data.val, data.test))
    monkeypatch.setattr("benchmark.run.train.room", 2 * size)
    locks = []

    def ended(place: int, result: Result) -> None:
        order.append(place)
        free = []
        for cell in some:
            try:
                entry_of(cell, at.store, at.numerics).lock().release()
                free.append(cell)
            except Busy:
                pass
        locks.append(len(some) - len(free))

    train_together(some, at, {}, ended)
    assert order == [0, 1, 2, 3] and max(locks) == 1
    assert contents(some, at) == alone(some)


def test_one_that_diverges_and_one_that_raises_leave_the_others_alone(alone: Any, tmp_path: Path) -> None:
    some, at = cells(diverging=True, raising=True), bench(tmp_path)
    results = together(some, at)
    statuses = [
        result["status"] if isinstance(result, dict) else str(result) for _, result in sorted(results.items())
    ]
    assert statuses == ["done", "diverged", "done", "done", "these digits cannot be drawn"]
    assert contents(some[:4], at) == alone(some[:4])


class Raising(SGD):
    """Descends, and fails after the step in which it is told to."""

    def begin(self, *arguments: Any, **options: Any) -> Trajectory:
        """Return a trajectory that looks at itself after every step."""
        trajectory = super().begin(*arguments, **options)
        trajectory.__class__ = Checked
        return trajectory


class Checked(Trajectory):
    """Fails after its fifth step."""

    def advance(self) -> None:
        """Take a step, and look."""
        super().advance()
        if self.step >= 5:
            raise ArithmeticError("a check of its own failed")


def test_an_error_after_a_step_ends_the_cell_as_failed(tmp_path: Path) -> None:
    (cell, *_) = cells()
    training = Raising(
        **{item.name: getattr(cell.training, item.name) for item in dataclasses.fields(cell.training)}
    )
    results = together([dataclasses.replace(cell, training=training)], bench(tmp_path))
    assert repr(results[0]) == "ArithmeticError('a check of its own failed')"


def test_equal_data_are_loaded_once_for_cells_that_are_trained_together(tmp_path: Path) -> None:
    some = [dataclasses.replace(cell, data=cells()[0].data) for cell in cells()]
    data = LoadedData("cpu")
    assert len({id(data.of(cell)) for cell in some}) == 1
    alike = data.n_bytes
    data.of(dataclasses.replace(some[0], data=dataclasses.replace(some[0].data, split_seed=9)))
    assert data.n_bytes == 2 * alike


def test_one_that_another_process_is_at_is_busy_and_the_others_end(alone: Any, tmp_path: Path) -> None:
    some, at = cells(), bench(tmp_path)
    lock = entry_of(some[2], at.store, at.numerics).lock()
    try:
        results = together(some, at)
    finally:
        lock.release()
    assert [place for place, result in results.items() if isinstance(result, Busy)] == [2]
    done = [some[place] for place in (0, 1, 3)]
    assert contents(done, at) == alone(done)
    assert isinstance(together(some, at)[2], dict)


def test_a_cell_may_be_measured_as_soon_as_it_ends(tmp_path: Path) -> None:
    some, at = [*cells(), *cells(steps=60)], bench(tmp_path)
    free = []

    def ended(place: int, result: Result) -> None:
        entry_of(some[place], at.store, at.numerics).lock().release()  # raises Busy where it is held
        free.append(place)

    train_together(some, at, {}, ended)
    assert free == list(range(8))


def test_one_that_is_damaged_is_put_aside_and_made_anew(alone: Any, tmp_path: Path) -> None:
    some, notes = cells(), list[str]()
    at = bench(tmp_path, note=notes.append)
    together(some, at)
    (entry_of(some[1], at.store, at.numerics).path / "weights.safetensors").write_bytes(b"nonsense")
    together(some, at)
    assert contents(some, at) == alone(some)
    assert [len(attempts(cell, at)) for cell in some] == [2, 2, 2, 2] and len(notes) == 1


def test_states_that_others_start_from_are_kept_of_each(tmp_path: Path) -> None:
    some, at = cells(), bench(tmp_path)
    together(some, at, {some[0].key: (7,), some[2].key: (7, 30, 500)})
    kept = [entry_of(cell, at.store, at.numerics).state_steps() for cell in some]
    assert kept == [[7], [], [7, 30], []]
    record = entry_of(some[2], at.store, at.numerics).done()
    assert record is not None and record["unreached"] == [500]


@pytest.mark.parametrize("calls", [1, 2, 12, 13, 32])
def test_stopped_at_any_moment_all_are_saved_and_go_on(calls: int, alone: Any, tmp_path: Path) -> None:
    some, left = cells(), [calls]

    def stop() -> bool:  # asked once for every step
        left[0] -= 1
        return left[0] < 0

    with pytest.raises(Stopped):
        together(some, bench(tmp_path, stop=stop))
    at = bench(tmp_path)
    saved = [entry_of(cell, at.store, at.numerics).state_steps() for cell in some]
    assert len(saved[0]) == 1 and saved == [saved[0]] * 4
    together(some, at)
    assert [attempts(cell, at)[2]["began_at"] for cell in some] == [saved[0][0]] * 4
    assert contents(some, at) == alone(some)


def test_those_that_were_saved_at_different_steps_come_together(alone: Any, tmp_path: Path) -> None:
    some = cells()
    for n_steps, cell in enumerate(some[:3]):
        left = [10 * n_steps]

        def stop(left: list[int] = left) -> bool:
            left[0] -= 1
            return left[0] < 0

        with pytest.raises(Stopped):
            train(cell, bench(tmp_path, stop=stop))
    at = bench(tmp_path)
    together(some, at)
    assert [attempts(cell, at)[-2]["began_at"] for cell in some] == [0, 10, 20, 0]
    assert contents(some, at) == alone(some)


def test_a_full_disk_is_no_failure_of_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("benchmark.store.entry.Entry.write_tensors", full)
    with pytest.raises(OSError, match="No space left"):
        together(cells(), bench(tmp_path))
