"""The learning rate at points where it is known."""

from __future__ import annotations

import math

import pytest

from benchmark.cells.training.schedule import learning_rate
from benchmark.cells.training.sgd import SGD
from tests.mutants import Mutant, red_with


def test_constant() -> None:
    sgd = SGD(batch_size=1, lr=0.3, steps=10)
    assert {learning_rate(sgd, step, 10) for step in range(10)} == {0.3}


@red_with(Mutant(learning_rate, "(step + 1)", "step"))
def test_warm_up_rises_linearly_and_ends_at_the_full_rate() -> None:
    sgd = SGD(batch_size=1, lr=0.4, steps=10, warmup_steps=4)
    rates = [learning_rate(sgd, step, 10) for step in range(10)]
    assert rates == pytest.approx([0.1, 0.2, 0.3] + [0.4] * 7, rel=1e-15)


@red_with(Mutant(learning_rate, "(1 + math.cos", "2 * (1 + math.cos"), Mutant(learning_rate, "math.pi", "2"))
def test_cosine_falls_from_the_full_rate_through_the_half_towards_0() -> None:
    sgd = SGD(batch_size=1, lr=0.4, steps=12, schedule="cosine", warmup_steps=2)
    at = {step: learning_rate(sgd, step, 12) for step in (2, 7, 11)}
    expected = {2: 0.4, 7: 0.2, 11: 0.4 * math.sin(math.pi / 20) ** 2}
    assert at == pytest.approx(expected, rel=1e-12)


@red_with(Mutant(learning_rate, "**passed", "*passed"))
def test_steps_multiply_by_gamma_exactly_at_the_milestones() -> None:
    fractions = (150 / 300, 225 / 300, 275 / 300)
    sgd = SGD(batch_size=1, lr=0.1, epochs=300, schedule="step", milestones=fractions)
    for per_epoch in (1, 7, 391):
        rates = [learning_rate(sgd, step, 300 * per_epoch) for step in range(300 * per_epoch)]
        drops = [step for step in range(1, len(rates)) if rates[step] != rates[step - 1]]
        assert drops == [150 * per_epoch, 225 * per_epoch, 275 * per_epoch]
        assert rates[drops[-1]] == pytest.approx(1e-4, rel=1e-12)


def test_warm_up_does_not_shift_the_milestones() -> None:
    sgd = SGD(batch_size=1, lr=1.0, steps=10, schedule="step", milestones=(0.5,), gamma=0.5, warmup_steps=2)
    assert [learning_rate(sgd, step, 10) for step in range(10)] == [0.5, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5]
