"""As many trainings step together as pay on the machine at hand, which changes no byte of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from benchmark.cells.models.mlp import MLP
from benchmark.cells.training import tempo
from benchmark.cells.training.lanes import advance as advance_lanes
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.tempo import Tempo
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.training.made_lanes import bytes_of, drive, lane

n_tried = 3
Cost = Callable[[int], float]  # of a step of so many together
machines: dict[str, tuple[Cost, int]] = {
    "calls cost most": (lambda n: 1 + 0.1 * n, 12),
    "the cache holds three": (lambda n: 1 + n * (0.1 if n <= 3 else 1), 3),
    "the cache holds six": (lambda n: 1 + n * (0.1 if n <= 6 else 1), 6),
    "arithmetic only": (lambda n: n, 12),
    "lanes are in each other's way": (lambda n: n**1.5, 1),
}
each_machine = pytest.mark.parametrize(("cost", "width"), machines.values(), ids=machines.keys())


@pytest.fixture(autouse=True)
def _nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tempo.widths.clear()
    monkeypatch.setattr(tempo, "n_tried", n_tried)
    yield
    tempo.widths.clear()


def made(seeds: int = 12) -> list[Trajectory]:
    spec = SGD(batch_size=7, lr=0.05, steps=6 * n_tried)
    return [lane(MLP(width=4), spec, seed, torch.float32) for seed in range(seeds)]


def run(group: list[Trajectory], cost: Cost, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Train a group on a machine of such costs; return which of them stepped together, step by step."""
    clock, moved = 0.0, []

    def advance(part: list[Trajectory]) -> list[Trajectory]:
        nonlocal clock
        found = advance_lanes(part)
        clock += cost(len(found))
        moved.append(tuple(map(group.index, found)))
        return found

    with monkeypatch.context() as patched:
        patched.setattr("benchmark.cells.training.tempo.advance", advance)
        patched.setattr("time.process_time", lambda: clock)
        chosen = Tempo(group)
        while running := [one for one in group if not one.finished]:
            chosen.advance(chosen.part(running))
    return moved


@each_machine
def test_as_many_go_together_as_pay_and_a_kind_is_tried_once(
    cost: Cost, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = run(made(), cost, monkeypatch)
    assert moved[: n_tried + 1] == [tuple(range(12))] * n_tried + [tuple(range(6))]
    assert set(tempo.widths.values()) == {(width, 12)} and moved[-1] == tuple(range(12 - width, 12))
    again = run(made(), cost, monkeypatch)
    assert {len(together) for together in again} == {width}


def test_a_smaller_group_does_not_say_how_many_of_a_larger_one_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    cost, _ = machines["calls cost most"]
    run(made(2), cost, monkeypatch)
    assert set(tempo.widths.values()) == {(2, 2)}
    assert run(made(), cost, monkeypatch)[-1] == tuple(range(12))
    assert {len(together) for together in run(made(3), cost, monkeypatch)} == {3}, "it is known of twelve"


@each_machine
def test_every_training_has_the_bytes_that_it_has_in_any_other_company(
    cost: Cost,
    width: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    group = made()
    run(group, cost, monkeypatch)
    assert [bytes_of(one) for one in group] == [bytes_of(one) for one in drive(made())]


def test_a_training_alone_and_trainings_that_end_early_need_no_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(made(1), float, monkeypatch) == [(0,)] * 6 * n_tried
    short = [
        lane(MLP(width=4), SGD(batch_size=7, lr=0.05, steps=3), seed, torch.float32) for seed in range(4)
    ]
    assert run(short, float, monkeypatch) == [(0, 1, 2, 3)] * 3
    assert not tempo.widths
