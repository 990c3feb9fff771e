"""Twenty small cells that are trained in lanes, and some that go wrong among them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell
from benchmark.cells.data.digits import Digits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Suite

if TYPE_CHECKING:
    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True, kw_only=True)
class Config:
    """How many lanes there are, and whether some of them go wrong."""

    data: str = "digits"
    seeds: tuple[int, ...] = tuple(range(20))
    lrs: tuple[float, ...] = (0.1,)
    steps: int = 45
    diverging: bool = False
    raising: bool = False
    deadly: bool = False


@dataclass(frozen=True, kw_only=True)
class Pictures(Digits):
    """Digits, of which one draw cannot be loaded."""

    def load(self, device: Any = "cpu") -> Splits:
        """Raise at seed 100; end the process at seed 101, as a crash in a library would."""
        if self.split_seed == 100:
            raise ArithmeticError("these digits cannot be drawn")
        if self.split_seed == 101:
            os._exit(9)
        return super().load(device)


def cells(config: Config) -> Iterator[Cell]:
    """Yield lanes, of which the second diverges, and two more raise or kill, if asked."""
    training = SGD(batch_size=16, lr=0.1, momentum=0.9, steps=config.steps)
    wrong = [100] * config.raising + [101] * config.deadly
    for seed in (*config.seeds, *wrong):
        for lr in config.lrs:
            yield Cell(
                data=Pictures(n_train=100, n_test=50, split_seed=seed),
                model=MLP(width=8, norm="batch"),
                training=replace(training, lr=1e200 if config.diverging and seed == 1 else lr),
                init_seed=seed,
                order_seed=seed,
                augment_seed=seed,
            )


suite = Suite(
    name="lanes_suite",
    title="Lanes",
    question="Does a network in lanes end as one alone?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (weight_norm(),),
)
