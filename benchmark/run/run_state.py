"""What of a plan is to do, done, and failed while it runs; told to whoever shows it, and fed to whoever tracks it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.run.bench import Bench, done_or_none, finished
from benchmark.run.collect import Collector, Failures
from benchmark.run.events import Announcer, Count, Event, Feed, StartFeed
from benchmark.run.lane_label import lane_label
from benchmark.run.measuring import stored, usable
from benchmark.run.pool import Answer, Task
from benchmark.suite.plan import Plan


@dataclass(kw_only=True)
class RunState:
    """Where one run of a plan stands.

    Attributes:
        start_feed: starts the feed of finished cells; called with the first of them, so that a run that has nothing
            to compute starts none.
        tasks: what is missing from the store, as tasks for a pool.
        n_done: tasks that have ended.
        sync_command: what brings the tracking store in line later.
        seconds: by key, what a cell took so far: training, and the measures on it alone.
        failures: what went wrong.
    """

    plan: Plan
    bench: Bench
    on_event: Callable[[Event], None]
    start_feed: StartFeed | None = None
    tasks: list[Task] = field(default_factory=list)
    n_done: int = 0
    sync_command: str = "lossbench sync"
    seconds: dict[str, float] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    _open_feed: Feed | None = None
    _jobs: dict[int, tuple[int, ...]] = field(default_factory=dict)  # task id -> jobs
    _cells: dict[int, Cell] = field(default_factory=dict)  # task id -> cell
    _unmeasured: dict[str, int] = field(default_factory=dict)  # cell key -> tasks until it can be fed

    @cached_property
    def _planned(self) -> frozenset[str]:
        return frozenset(cell.key for cell in self.plan.cells)

    def prepare(self) -> None:
        """Lay out a task for every cell, and for every group of measures on the same cells, that is missing."""
        of_cell: dict[str, int] = {}
        for cell in self.plan.all_cells:
            self.announcer.tick()
            if finished(cell, self.bench, self.plan.states.get(cell.key, ())) is None:
                needs = frozenset(of_cell[parent.key] for parent in cell.parents if parent.key in of_cell)
                of_cell[cell.key] = self._add({"cell": cell.key}, needs=needs, rank=1, label=lane_label(cell))
                self._cells[of_cell[cell.key]] = cell
                self._unmeasured[cell.key] = 1
        groups: dict[tuple[Cell, ...], list[int]] = {}
        for number, job in enumerate(self.plan.jobs):
            self.announcer.tick()
            anew = any(cell.key in of_cell for cell in job.cells)  # a damaged cell takes its measures along
            if anew or not is_measured(self.plan, number, self.bench):
                groups.setdefault(job.cells, []).append(number)
        for cells, numbers in groups.items():
            needs = frozenset(of_cell[cell.key] for cell in cells if cell.key in of_cell)
            task = self._add(
                {"jobs": [self.plan.jobs[number].number for number in numbers]}, needs=needs, rank=0
            )
            self._jobs[task] = tuple(numbers)
            if len(cells) == 1:
                self._unmeasured[cells[0].key] = self._unmeasured.get(cells[0].key, 0) + 1

    def _add(
        self, message: dict[str, Any], *, needs: frozenset[int], rank: int, label: str | None = None
    ) -> int:
        self.tasks.append(Task(id=len(self.tasks), message=message, needs=needs, rank=rank, label=label))
        return len(self.tasks) - 1

    def answered(self, task: Task, answer: Answer) -> None:
        """Note how a task ended, and feed the cell whose last task it was."""
        self.n_done += 1
        cell = self._cells.get(task.id) or self.plan.jobs[self._jobs[task.id][0]].cells[0]
        self.seconds[cell.key] = self.seconds.get(cell.key, 0.0) + answer["seconds"]
        what = "cell" if task.id in self._cells else "measure"
        text = self.plan.name(cell)
        if answer["outcome"] == "failed":
            known = task.id in self._jobs and cell.key in self.failures.cells
            self._failed(task, answer["reason"])
            what, text = ("measure", text) if known else ("failed", f"{text}: {answer['reason']}")
        for label, reason in answer.get("failures", {}).items():
            self._measure_failed(task, label, reason)
            what, text = "failed", f"{text}, {label}: {reason}"
        self.announcer.say(what, text)
        self._feed(task, cell)

    @cached_property
    def announcer(self) -> Announcer:
        """Says what happens."""
        return Announcer(
            on_event=self.on_event,
            count=lambda: Count(done=self.n_done, total=len(self.tasks), computed=self.n_done),
            waiting="looking at the store and starting the workers",
        )

    def _failed(self, task: Task, reason: str) -> None:
        if task.id in self._cells:
            self.failures.cells[self._cells[task.id].key] = reason
        for number in self._jobs.get(task.id, ()):
            self.failures.jobs[number] = reason

    def _measure_failed(self, task: Task, label: str, reason: str) -> None:
        for number in self._jobs[task.id]:
            if self.plan.jobs[number].measure.label == label:
                self.failures.jobs[number] = reason

    def _feed(self, task: Task, cell: Cell) -> None:
        is_group = task.id in self._jobs and len(self.plan.jobs[self._jobs[task.id][0]].cells) > 1
        if self.start_feed is None or is_group:
            return
        self._unmeasured[cell.key] -= 1
        if self._unmeasured[cell.key] == 0 and cell.key in self._planned:
            if self._open_feed is None:
                self._open_feed = self.start_feed()
            self._open_feed.cell(self._collector.cell_rows(cell), self.summary(cell))

    @cached_property
    def _collector(self) -> Collector:
        return Collector(self.plan, self.bench, self.failures)

    def close_feed(self) -> None:
        """Give the feed a bounded time to pass on what it has; the rest can be synchronized later."""
        if self._open_feed is not None and not self._open_feed.close():
            self.announcer.say("note", f"MLflow has not taken everything; later: {self.sync_command}")

    def summary(self, cell: Cell) -> dict[str, Any]:
        """Return how a cell ended, and what it cost in this run."""
        record = done_or_none(cell, self.bench)
        return {
            "name": self.plan.name(cell),
            "status": "failed" if record is None else record["status"],
            "reason": self.failures.cells.get(cell.key, "") if record is None else record["reason"],
            "n_steps": None if record is None else record["n_steps"],
            "seconds": self.seconds.get(cell.key),
            "cached": record is not None and cell.key not in self.seconds,
        }

    def by_status(self) -> dict[str, int]:
        """Return how many of the suite's cells ended how."""
        counts: dict[str, int] = {}
        for cell in self.plan.cells:
            record = done_or_none(cell, self.bench)
            status = "failed" if record is None else record["status"]
            counts[status] = counts.get(status, 0) + 1
        return counts

    def failed(self) -> list[tuple[str, str]]:
        """Return (name, reason) of every cell that failed, and of every measure that did on a cell that did not."""
        named = {cell.key: self.plan.name(cell) for cell in self.plan.all_cells}
        cells = [(named[key], reason) for key, reason in self.failures.cells.items()]
        jobs = [
            (
                f"{self.plan.name(self.plan.jobs[number].cells[0])}, {self.plan.jobs[number].measure.label}",
                reason,
            )
            for number, reason in self.failures.jobs.items()
            if not any(cell.key in self.failures.cells for cell in self.plan.jobs[number].cells)
        ]
        return cells + jobs


def is_measured(plan: Plan, number: int, bench: Bench) -> bool:
    """Tell whether a job's result is in the store, or can never be, since a cell has no usable weights."""
    job = plan.jobs[number]
    done = [done_or_none(cell, bench) for cell in job.cells]
    records = [record for record in done if record is not None]
    if len(records) < len(done):
        return False
    unusable = any(record["status"] not in usable for record in records)
    return unusable or stored(job, records, bench) is not None
