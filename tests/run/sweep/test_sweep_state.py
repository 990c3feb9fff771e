"""Between searches and workers: what fails, and in which order cells may end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmark.run.bench import Bench
from benchmark.run.events import Event
from benchmark.run.pool import Task
from benchmark.run.sweep.answer import answer
from benchmark.run.sweep.search import Found
from benchmark.run.sweep.sweep_state import SweepState
from benchmark.store.identity import numerics
from benchmark.store.run_store import Store
from benchmark.suite.tuning import Question, Try
from tests.run.sweep.questions import bowl, question


def begun(asked: Question, folder: Path, events: list[Event] | None = None) -> SweepState:
    return SweepState(
        question=asked,
        bench=Bench(store=Store(folder), device="cpu", numerics=numerics("cpu")),
        pareto=False,
        on_event=(events if events is not None else []).append,
        on_told=lambda search, trial: None,
    )


def test_networks_that_fail_count_as_the_worst_and_are_named(tmp_path: Path) -> None:
    asked, events = question(sweep_trials=2), list[Event]()
    state = begun(asked, tmp_path, events)
    tasks = state.begin()
    while tasks:
        task = tasks.pop(0)
        tasks += state.answered(task, {"outcome": "failed", "reason": "worker died 3 times"})
    studies = answer(asked, state.searches)["studies"]
    for study in studies.values():
        assert study["best"] == {"number": 0, "point": study["default"], "value": 1.0}
        assert {one["status"] for trial in study["trials"] for one in trial["by_seed"]} == {"failed"}
    assert len(state.failures) == state.n_total == 12
    assert {reason for _, reason in state.failures} == {"worker died 3 times"}
    assert (events[-1].kind, events[-1].n_done) == ("failed", 12)


def test_the_order_in_which_networks_end_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: set[tuple[str, float, int]] = set()

    def stored(self: SweepState, tried: Try) -> Found | None:
        return bowl(tried) if (tried.arm, tried.point["lr"], tried.seed) in known else None

    monkeypatch.setattr(SweepState, "_stored", stored)
    asked, answers = question(sweep_trials=10), []
    for seed in range(3):
        known.clear()
        draw, state = random.Random(seed), begun(asked, tmp_path)
        tasks: list[Task] = state.begin()
        while tasks:
            task = tasks.pop(draw.randrange(len(tasks)))
            trial = task.message["trial"]
            known.add((trial["arm"], trial["point"]["lr"], trial["seed"]))
            tasks += state.answered(task, {"outcome": "done"})
        assert state.n_done == state.n_total
        answers.append(answer(asked, state.searches))
    assert answers[0] == answers[1] == answers[2]
    assert any(trial["state"] == "pruned" for trial in answers[0]["studies"]["width=16"]["trials"])
