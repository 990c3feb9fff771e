"""Between the searches, which ask for cells, and the workers, who train them: what is asked, open, and found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from benchmark.run.bench import Bench, done_or_none, entry_of
from benchmark.run.events import Announcer, Count, Event
from benchmark.run.lane_label import lane_label
from benchmark.run.measuring import stored
from benchmark.run.pool import Answer, Task
from benchmark.run.sweep.search import Found, Search, Steps
from benchmark.store.files import Damaged
from benchmark.suite.plan import Job
from benchmark.suite.tuning import Question, Try, objective

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial


@dataclass(kw_only=True)
class _Turn:
    """Where a search stands: the cells that it asked for last, and those of them that are known."""

    steps: Steps
    tries: list[Try]
    found: dict[int, Found] = field(default_factory=dict)  # by place in `tries`


@dataclass(kw_only=True)
class SweepState:
    """Where one sweep stands.

    Attributes:
        on_told: called with every trial that has ended; in the order of their numbers, arm by arm.
        searches: one for each arm.
        n_done: cells tried, and those left out since their trial was given up.
        n_computed: cells that workers trained.
        failures: names of cells that failed, and why.
    """

    question: Question
    bench: Bench
    pareto: bool
    on_event: Callable[[Event], None]
    on_told: Callable[[Search, FrozenTrial], None]
    searches: list[Search] = field(default_factory=list)
    n_done: int = 0
    n_computed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    _open: dict[int, tuple[_Turn, int]] = field(default_factory=dict)  # task id -> what it answers
    _n_tasks: int = 0

    @property
    def n_total(self) -> int:
        """How many cells there are to try, if no trial is given up."""
        return len(self.question.arms) * self.question.n_trials * len(self.question.seeds)

    def begin(self) -> list[Task]:
        """Start all searches; return the first cells that are not in the store."""
        self.searches = [
            Search(question=self.question, arm=arm, pareto=self.pareto, on_told=self._told)
            for arm in self.question.arms
        ]
        turns = [_Turn(steps=steps, tries=next(steps)) for steps in (one.steps() for one in self.searches)]
        return [task for turn in turns for task in self._asked(turn) or self._next(turn)]

    def answered(self, task: Task, answer: Answer) -> list[Task]:
        """Note how a cell ended; return what its search asks for next, once all that it asked for is known."""
        turn, place = self._open.pop(task.id)
        tried = turn.tries[place]
        self.n_computed += 1
        reason = answer.get("reason") or next(iter(answer.get("failures", {}).values()), "")
        found = self._stored(tried)
        if found is None:  # without its sharpness a network that is not diverged is of no use either
            found = Found(seed=tried.seed, cell=self.question.cell(tried).key, status="failed")
            reason = reason or "it is not in the store"
        self._known(turn, place, found)
        name = f"{tried.arm} {_shown(tried)} seed={tried.seed}"
        if found.status == "failed":
            self.failures.append((name, reason))
            self.announcer.say("failed", f"{name}: {reason}")
        else:
            self.announcer.say("cell", name)
        return self._next(turn)

    @cached_property
    def announcer(self) -> Announcer:
        """Says what happens."""
        return Announcer(
            on_event=self.on_event,
            count=lambda: Count(done=self.n_done, total=self.n_total, computed=self.n_computed),
            waiting="starting the workers",
        )

    def _next(self, turn: _Turn) -> list[Task]:
        """Return the next cells of a search that are not in the store; none while it waits, or when it has ended."""
        while len(turn.found) == len(turn.tries):
            try:
                turn.tries = turn.steps.send([turn.found[place] for place in range(len(turn.tries))])
            except StopIteration:
                return []
            turn.found = {}
            tasks = self._asked(turn)
            if tasks:
                return tasks
        return []

    def _asked(self, turn: _Turn) -> list[Task]:
        """Look the cells of a turn up in the store; return tasks for those that it lacks."""
        missing = []
        for place, tried in enumerate(turn.tries):
            found = self._stored(tried)
            if found is None:
                missing.append(place)
            else:
                self._known(turn, place, found)
        return [self._task(turn, place) for place in missing]

    def _task(self, turn: _Turn, place: int) -> Task:
        tried, number = turn.tries[place], self._n_tasks
        self._n_tasks += 1
        self._open[number] = (turn, place)
        point = {"arm": tried.arm, "point": dict(tried.point), "seed": tried.seed}
        message = {"trial": point, "sharpness": self.pareto}
        return Task(id=number, message=message, label=lane_label(self.question.cell(tried)))

    def _known(self, turn: _Turn, place: int, found: Found) -> None:
        turn.found[place] = found
        self.n_done += 1

    def _stored(self, tried: Try) -> Found | None:
        """Return what the store says of a cell; None where it is missing or damaged."""
        cell = self.question.cell(tried)
        record = done_or_none(cell, self.bench)
        if record is None:
            return None
        if record["status"] != "done":
            return Found(seed=tried.seed, cell=cell.key, status=record["status"])
        try:
            last = entry_of(cell, self.bench.store, self.bench.numerics).history()[-1]
        except Damaged:
            return None
        sharpness = None
        if self.pareto:
            result = stored(
                Job(measure=self.question.sharpness, cells=(cell,), number=0), [record], self.bench
            )
            if result is None:
                return None
            sharpness = float(result["readings"][0]["value"])
        return Found(
            seed=tried.seed,
            cell=cell.key,
            status="done",
            val_error=last[objective],
            val_loss=last["val_loss"],
            sharpness=sharpness,
        )

    def _told(self, search: Search, trial: FrozenTrial) -> None:
        self.n_done += len(self.question.seeds) - len(search.found[trial.number])
        self.on_told(search, trial)


def _shown(tried: Try) -> str:
    return " ".join(f"{name}={value:.3g}" for name, value in tried.point.items())
