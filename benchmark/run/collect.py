"""From the store to rows of the tidy table, in an order that depends on the plan alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.results.records import statuses
from benchmark.run.bench import Bench, done_or_none, entry_of
from benchmark.run.measuring import place, stored, usable
from benchmark.store.files import Damaged
from benchmark.suite.plan import Job, Plan

Row = dict[str, Any]
history_units = {"loss": "nats", "val_loss": "nats"}


@dataclass(frozen=True, kw_only=True)
class Failures:
    """What went wrong, in words: cells by key, measures by (number of the job)."""

    cells: dict[str, str] = field(default_factory=dict)
    jobs: dict[int, str] = field(default_factory=dict)


class Collector:
    """Reads a plan's results out of the store. What is damaged there is a row that says so."""

    def __init__(
        self, plan: Plan, bench: Bench, failures: Failures, alive: Callable[[], None] = lambda: None
    ) -> None:
        self._plan, self._bench, self._failures, self._alive = plan, bench, failures, alive
        self._records: dict[str, Mapping[str, Any] | None] = {}
        self._alone: dict[str, list[int]] = {}  # cell key -> jobs on that cell by itself
        for number, job in enumerate(plan.jobs):
            if len(job.cells) == 1:
                self._alone.setdefault(job.cells[0].key, []).append(number)

    def record(self, cell: Cell) -> Mapping[str, Any] | None:
        """Return a cell's done-record, or None; read once."""
        if self._records.get(cell.key) is None:
            self._records[cell.key] = done_or_none(cell, self._bench)
        return self._records[cell.key]

    def rows(self) -> Iterator[Row]:
        """Yield all rows of the plan: histories in the order of the cells, then measures in the order of the jobs."""
        for cell in self._plan.cells:
            self._alive()
            yield from self.history_rows(cell)
        for number in range(len(self._plan.jobs)):
            self._alive()
            yield from self.job_rows(number)

    def cell_rows(self, cell: Cell) -> list[Row]:
        """Return the rows of one cell by itself: its history, and its measures of a single network."""
        numbers = self._alone.get(cell.key, ())
        return [*self.history_rows(cell), *(row for number in numbers for row in self.job_rows(number))]

    def history_rows(self, cell: Cell) -> Iterator[Row]:
        """Yield the training's records: measure "history", one row per number, indexed by step and epoch."""
        described = {"measure": "history", "label": "history", "options": "{}", "positive": False, "unit": ""}
        frame = self._frame((cell,), described)
        try:
            history = entry_of(cell, self._bench.store, self._bench.numerics).history()
        except Damaged as error:
            unreadable = {} if self.record(cell) is None else {"status": "failed", "reason": str(error)}
            yield {**frame, **unreadable, "quantity": "value", "index": "", "value": float("nan")}
            return
        for entry in history:
            index = _json({"step": entry["step"], "epoch": entry["epoch"]})
            for quantity in sorted(set(entry) - {"step", "epoch"}):
                unit = history_units.get(quantity, "")
                yield {**frame, "quantity": quantity, "index": index, "value": entry[quantity], "unit": unit}

    def job_rows(self, number: int) -> Iterator[Row]:
        """Yield a job's readings, or one row that says why there are none."""
        job = self._plan.jobs[number]
        described = {
            "measure": job.measure.family,
            "label": job.measure.label,
            "options": _json(job.measure.options),
            "unit": job.measure.unit,
            "positive": job.measure.positive,
        }
        frame = self._frame(job.cells, described)
        result = self._result(job)
        if result is None:
            if frame["status"] in usable:
                reason = self._failures.jobs.get(number, "the measure was not computed")
                frame |= {"status": "failed", "reason": reason}
            yield {**frame, "quantity": "value", "index": "", "value": float("nan")}
            return
        for reading in result["readings"]:
            yield {
                **frame,
                "quantity": reading["quantity"],
                "index": _json(reading["index"]) if reading["index"] else "",
                "value": float(reading["value"]),
                "unit": reading["unit"],
                "standard_error": None
                if reading["standard_error"] is None
                else float(reading["standard_error"]),
                "reason": "; ".join(filter(None, (frame["reason"], result["note"]))),
            }

    def arrays(self) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, safetensors bytes) of every array that a measure left."""
        for job in self._plan.jobs:
            result = self._result(job)
            if result is not None and result["arrays_sha256"] is not None:
                where = place(job, self._done(job.cells), self._bench)
                data = where.entry.measure_arrays(where.slug, where.identity)
                keys = "-".join(cell.key[:12] for cell in job.cells)
                if data is not None:
                    yield f"{where.slug}.{keys}.safetensors", data

    def _result(self, job: Job) -> dict[str, Any] | None:
        records = self._done(job.cells)
        if len(records) < len(job.cells) or any(record["status"] not in usable for record in records):
            return None
        return stored(job, records, self._bench)

    def _done(self, cells: Sequence[Cell]) -> list[Mapping[str, Any]]:
        return [record for cell in cells if (record := self.record(cell)) is not None]

    def _frame(self, cells: tuple[Cell, ...], described: Mapping[str, Any]) -> Row:
        status, reason = max((self._status(cell) for cell in cells), key=lambda pair: statuses.index(pair[0]))
        return {
            "suite": self._plan.suite.name,
            "profile": self._plan.profile,
            "cells": [cell.key for cell in cells],
            "factors": _json(self._plan.factors(cells[0])),
            "seed": self._plan.seed(cells[0]),
            **described,
            "standard_error": None,
            "status": status,
            "reason": reason,
            "device": self._bench.numerics["device"],
        }

    def _status(self, cell: Cell) -> tuple[str, str]:
        record = self.record(cell)
        if record is None:
            return "failed", self._failures.cells.get(cell.key, "the cell was not computed")
        return record["status"], "" if record["status"] == "done" else record["reason"]


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), separators=(",", ":"))
