"""A step beside a loop by hand: all three train the same network on the same batches."""

from __future__ import annotations

import pytest

from bench import step
from benchmark.cells.training.sgd import SGD
from tests.mutants import Mutant, red_with


@red_with(Mutant(step.by_hand, '"order", step // per_epoch', '"order", step'))
def test_our_steps_are_those_of_the_loops_by_hand() -> None:
    for contender in step.contenders(step.works[0], step.data.load(), n_steps=20):
        assert contender.error([contender.solve(0)]) <= contender.tolerance, contender.name


@red_with(Mutant(step.means, "examples.targets).float().mean()", "examples.targets).float().sum()"))
def test_the_loop_by_hand_writes_down_what_ours_does() -> None:
    splits = step.data.load()
    module = step.begun(step.works[0], splits, seed=0)
    trajectory = SGD(batch_size=100, lr=0.1, steps=1).begin(module, splits, order_seed=0, augment_seed=0)
    trajectory.advance()
    ours, theirs = trajectory.history[-1], step.written(trajectory.module, splits)
    assert set(ours) - {"step", "epoch", "lr"} == set(theirs)
    same = set(theirs) - {"gradient_norm"}  # of the last mini-batch, which only the loop has
    assert {name: theirs[name] for name in same} == pytest.approx(
        {name: ours[name] for name in same}, rel=1e-5
    )
