"""Train cells into the store: resume where a killed attempt stopped, and commit each when it is done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NoReturn, TypeVar

from benchmark.cells.cell import Cell
from benchmark.run.attempt import Attempt, LoadedData, Record, attempted
from benchmark.run.bench import Bench, Stopped, entry_of, finished, verified
from benchmark.run.reasons import is_of_the_machine
from benchmark.store.entry import Entry
from benchmark.store.files import Damaged

if TYPE_CHECKING:
    from benchmark.cells.training.tempo import Tempo

Result = Record | Exception
# bytes of examples that are held at once; those of the group that trains once more, side by side
room = 2**28
OnEnd = Callable[[int, Result], None]
Found = TypeVar("Found")


def train(cell: Cell, bench: Bench, states: Collection[int] = ()) -> Record:
    """Return the record of a cell, training it first where the store does not have it.

    Args:
        cell: its parents must be finished.
        bench: where and how.
        states: optimizer steps after which the full state is kept for other cells.

    Raises:
        Busy: another process is at it.
        Stopped: `bench.stop` said so; the state is saved.
    """
    results: list[Result] = []
    train_together([cell], bench, {cell.key: states}, lambda _, result: results.append(result))
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


def train_together(
    cells: Sequence[Cell], bench: Bench, states: Mapping[str, Collection[int]], on_end: OnEnd
) -> None:
    """Train cells, in lanes as far as they are alike; each ends in its own way, and none depends on the others.

    Args:
        cells: their parents must be finished.
        bench: where and how.
        states: by key, optimizer steps after which the full state is kept for other cells.
        on_end: told of every cell that ended: its place in `cells`, and its record or what went wrong with it alone:
            another process is at it (`Busy`), or code of its own raised.

    Raises:
        Stopped: `bench.stop` said so; all states are saved.
    """
    waiting = deque(enumerate(cells))
    while waiting:
        _train_some(waiting, bench, states, on_end)


def _train_some(
    waiting: deque[tuple[int, Cell]], bench: Bench, states: Mapping[str, Collection[int]], on_end: OnEnd
) -> None:
    """Take cells off those that wait, as many as there is room for the data of, and train them."""
    attempts: dict[int, Attempt] = {}
    data = LoadedData(bench.device)
    locks = []
    try:
        while waiting and data.n_bytes < room:
            place, cell = waiting.popleft()
            found = _caught(partial(_begun, cell, bench, states.get(cell.key, ()), data))
            if isinstance(found, Attempt):
                attempts[place] = found
                locks.append(found.lock)
            else:
                on_end(place, found)
        groups = _alike(attempts)
        attempts.clear()  # what ends is let go of, and its part of the lanes with it
        while groups:
            _finish(groups.pop(0), bench, on_end)
    finally:
        for lock in locks:
            lock.release()


def _begun(cell: Cell, bench: Bench, states: Collection[int], data: LoadedData) -> Attempt | Record:
    done = finished(cell, bench, states)
    if done is not None:
        return done
    entry = entry_of(cell, bench.store, bench.numerics)
    lock = entry.lock()
    found: Attempt | Record | None = None
    try:
        found = _verified_or_put_aside(
            entry, states, bench
        )  # it may have been finished before the lock was ours
        if found is None:
            found = attempted(cell, entry, lock, bench, states, data)
        return found
    finally:
        if not isinstance(found, Attempt):
            lock.release()


def _verified_or_put_aside(entry: Entry, states: Collection[int], bench: Bench) -> Record | None:
    try:
        return verified(entry, states)
    except Damaged as error:
        aside = entry.quarantine()
        bench.note(f"damaged: {error}; put aside as {aside.name}, and made anew")
        return None


def _alike(attempts: Mapping[int, Attempt]) -> list[dict[int, Attempt]]:
    """Return attempts, by place, in groups that are trained together."""
    if not attempts:
        return []
    from benchmark.cells.training.lanes import alike

    places = {id(attempt.trajectory): place for place, attempt in attempts.items()}
    groups = alike(attempt.trajectory for attempt in attempts.values())
    return [{places[id(one)]: attempts[places[id(one)]] for one in group} for group in groups]


def _finish(running: dict[int, Attempt], bench: Bench, on_end: OnEnd) -> None:
    """Take steps to the end of each, together as far as that pays, saving states as often as asked."""
    from benchmark.cells.training.tempo import Tempo

    tempo = Tempo([attempt.trajectory for attempt in running.values()])
    for place, attempt in tuple(running.items()):
        error = _caught(attempt.begin)
        if error is not None:
            _end(running, place, error, on_end)
    while running:
        stop = bench.stop()
        for place, attempt in tuple(running.items()):
            record = _caught(partial(attempt.look, stop=stop))
            if record is not None:
                _end(running, place, record, on_end)
        if running and stop:
            _stop(running)
        if running:
            _step(running, tempo, bench, on_end)


def _step(running: dict[int, Attempt], tempo: Tempo, bench: Bench, on_end: OnEnd) -> None:
    """Take a step in those whose turn it is and that are furthest behind; an error ends them."""
    part = tempo.part([attempt.trajectory for attempt in running.values()])
    step = min(trajectory.step for trajectory in part)
    behind = [
        place
        for place, attempt in running.items()
        if attempt.trajectory in part and attempt.trajectory.step == step
    ]
    error = _caught(partial(tempo.advance, part))
    if isinstance(error, Exception):
        for place in behind:
            _end(running, place, error, on_end)
    bench.alive(f"step {step + 1}" + (f" of {len(running)} networks" if len(running) > 1 else ""))


def _end(running: dict[int, Attempt], place: int, result: Result, on_end: OnEnd) -> None:
    running.pop(place).lock.release()
    on_end(place, result)


def _stop(running: Mapping[int, Attempt]) -> NoReturn:
    for attempt in running.values():
        attempt.stopped()
    steps = sorted({attempt.trajectory.step for attempt in running.values()})
    raise Stopped(f"stopped after step {', '.join(map(str, steps))}")


def _caught(work: Callable[[], Found]) -> Found | Exception:
    """Return what `work` returns, or what it raises where that says something of this cell and not of the machine."""
    try:
        return work()
    except Stopped:
        raise
    except Exception as error:
        if is_of_the_machine(error):
            raise
        return error
