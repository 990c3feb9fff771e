"""Compute one measure on trained cells into the store."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from benchmark.cells.cell import Cell
from benchmark.run.bench import Bench, Saving, Stopped, entry_of
from benchmark.run.reasons import reason_of
from benchmark.run.train import train
from benchmark.store.entry import Entry
from benchmark.store.files import Damaged, sha256, sweep, to_json
from benchmark.store.identity import identity
from benchmark.suite.code import taken_by_measures

if TYPE_CHECKING:
    import numpy as np

    from benchmark.landscape.trained import Trained
    from benchmark.measures.measure import Result
    from benchmark.suite.plan import Job

Point = TypeVar("Point")
usable = ("done", "not_converged")  # statuses of cells whose weights a measure may read


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where the result of a job lies."""

    entry: Entry
    slug: str
    identity: str


def place(job: Job, records: Sequence[Mapping[str, Any]], bench: Bench) -> Place:
    """Return the address of a job's result: code of the measure, and digests of the weights and data it reads.

    Args:
        job: measure and cells.
        records: the done-records of the cells, in the same order.
        bench: where and how.
    """
    digests = [digest for record in records for digest in (record["weights_digest"], record["data_digest"])]
    options = sha256(to_json(job.measure.options))
    return Place(
        entry=entry_of(job.cells[0], bench.store, bench.numerics),
        slug=job.measure.slug,
        identity=identity([job.measure.function], bench.numerics, options, *digests, also=taken_by_measures),
    )


def stored(job: Job, records: Sequence[Mapping[str, Any]], bench: Bench) -> dict[str, Any] | None:
    """Return a job's result from the store, or None."""
    where = place(job, records, bench)
    try:
        return where.entry.measured(where.slug, where.identity)
    except Damaged as error:
        bench.note(f"damaged: {error}; computed anew")
        return None


def measure(jobs: Sequence[Job], bench: Bench) -> dict[str, str]:
    """Make sure that the results of several jobs on the same cells are in the store.

    The cells must be finished. A job that fails leaves the others alone.

    Returns:
        Why jobs failed, by label of the measure.

    Raises:
        Busy: another process measures the same cells.
        Stopped: `bench.stop` said so; what was measured is kept.
    """
    records = [train(cell, bench) for cell in jobs[0].cells]
    if any(record["status"] not in usable for record in records):
        return {}  # nothing to measure: the rows will say why
    entry = entry_of(jobs[0].cells[0], bench.store, bench.numerics)
    lock = entry.lock()
    try:
        missing = [job for job in jobs if stored(job, records, bench) is None]
        if not missing:
            return {}
        sweep(entry.path / "measures")
        trained = [loaded(cell, bench) for cell in jobs[0].cells]
        return dict(_failures(missing, records, trained, bench))
    finally:
        lock.release()


def _failures(
    jobs: Sequence[Job], records: Sequence[Mapping[str, Any]], trained: Sequence[Trained], bench: Bench
) -> Iterator[tuple[str, str]]:
    for job in jobs:
        if bench.stop():
            raise Stopped("stopped between two measures")
        bench.alive(job.measure.label)
        for network in trained:
            network.notes.clear()
        where = place(job, records, bench)
        tabulate = Tabulation(where, bench)
        try:
            result = job.measure.compute(*(replace(network, tabulate=tabulate) for network in trained))
        except Stopped:
            raise
        except Exception as error:  # whatever a measure raises becomes the reason of its row
            bench.store.log_failure(error)
            yield job.measure.label, reason_of(error)
            continue
        where.entry.write_measure(
            where.slug, where.identity, _content(job, result, trained), _plain(result.arrays)
        )
        where.entry.drop_unfinished_rows(where.slug)


def loaded(cell: Cell, bench: Bench) -> Trained:
    """Return a finished cell with its network and data, verified while read. Raises `Damaged`."""
    from benchmark.cells.data.splits import Splits
    from benchmark.landscape.trained import Trained

    entry = entry_of(cell, bench.store, bench.numerics)
    splits: Splits = cell.data.load(bench.device)
    module = cell.model.build(splits.task)
    module.load_state_dict(entry.read_tensors("weights.safetensors"))
    return Trained(
        cell=cell,
        module=module.to(bench.device).eval(),
        initial={
            name: value.to(bench.device) for name, value in entry.read_tensors("initial.safetensors").items()
        },
        splits=splits,
        history=entry.history(),
        test_logits=entry.read_tensors("test_logits.safetensors")["test_logits"],
        checkpoint=lambda step: _weights_at(entry, step),
        seed=cell.init_seed,
    )


@dataclass
class Tabulation:
    """Computes the tables of one measure row by row into the store; see `trained.Tabulate`.

    Finished rows are saved as often as the state of a training is, and when the work is asked to stop.
    """

    where: Place
    bench: Bench
    n_calls: int = 0

    def __call__(
        self,
        points: Sequence[Point],
        compute: Callable[[Any], Any],
        *,
        together: int | None = None,
    ) -> np.ndarray[Any, Any]:
        """Return the rows, those of an earlier attempt as they were. Raises `Stopped`."""
        import numpy as np

        from benchmark.landscape.trained import next_rows

        part, self.n_calls = self.n_calls, self.n_calls + 1
        rows = self.where.entry.unfinished_rows(self.where.slug, self.where.identity, part)
        saving = Saving(self.bench, len(rows))
        while len(rows) < len(points):
            due, stop = saving.due(len(rows))
            if due:
                self.where.entry.write_unfinished_rows(self.where.slug, self.where.identity, part, rows)
            if stop:
                raise Stopped(f"stopped after point {len(rows)} of {len(points)}")
            self.bench.alive(f"{self.where.slug}: point {len(rows) + 1} of {len(points)}")
            found = next_rows(points, len(rows), compute, together)
            rows += [[float(number) for number in row] for row in found]
        return np.array(rows, dtype=np.float64)


def _weights_at(entry: Entry, step: int) -> dict[str, Any]:
    tensors, _ = entry.read_state(step)
    return {
        name.removeprefix("module."): value for name, value in tensors.items() if name.startswith("module.")
    }


def _content(job: Job, result: Result, trained: Sequence[Trained]) -> dict[str, Any]:
    readings = [
        {
            "quantity": reading.quantity,
            "value": _number(reading.value),
            "standard_error": None if reading.standard_error is None else _number(reading.standard_error),
            "index": {name: float(value) for name, value in reading.index.items()},
            "unit": job.measure.unit if reading.unit is None else reading.unit,
        }
        for reading in result.readings
    ]
    notes = dict.fromkeys(note for network in trained for note in network.notes)
    return {"label": job.measure.label, "readings": readings, "note": "; ".join(notes)}


def _number(value: float) -> float | str:
    """Return a float that JSON can hold; what is not finite as the text that `float` reads back."""
    number = float(value)
    return number if math.isfinite(number) else repr(number)


def _plain(arrays: Mapping[str, Any]) -> dict[str, Any]:
    import numpy as np

    return {name: np.ascontiguousarray(value) for name, value in arrays.items()}
