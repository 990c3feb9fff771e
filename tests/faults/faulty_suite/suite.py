"""Cells and measures that go wrong in every way, beside one that does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.cell import Cell, Derived, FromCheckpoint
from benchmark.cells.data.digits import Digits
from benchmark.cells.derivations.average import Average
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.measure import measure
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Suite

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@dataclass(frozen=True, kw_only=True)
class Config:
    """Whether one of the cells ends its worker."""

    data: str = "digits"
    seeds: tuple[int, ...] = (0,)
    deadly: bool = False


@dataclass(frozen=True, kw_only=True)
class Deadly:
    """A model that ends the process that builds it, as a crash in a library would."""

    def build(self, _: object) -> None:
        """Never return."""
        os._exit(9)


@measure(unit="", source="none")
def refusing(trained: Trained, *, limit: float = 0.5) -> float:
    """Raise for every network."""
    raise ArithmeticError(f"nothing is below {limit}")


def cells(config: Config) -> Iterator[Cell]:
    """Yield a good cell and bad ones."""
    good = Cell(data=Digits(n_train=100), model=MLP(width=8), training=SGD(batch_size=10, lr=0.1, steps=20))
    yield good
    diverging = Cell(data=good.data, model=good.model, training=SGD(batch_size=10, lr=1e200, steps=20))
    yield diverging
    yield Cell(data=good.data, model=good.model, start=Derived(parents=(diverging,), rule=Average()))
    too_late = FromCheckpoint(cell=good, step=500)
    yield Cell(data=good.data, model=good.model, training=good.training, start=too_late)
    yield Cell(
        data=good.data, model=good.model, training=SGD(batch_size=10, lr=1e-9, steps=20, stop_at_loss=0.01)
    )
    yield Cell(data=good.data, model=good.model, training=SGD(batch_size=101, lr=0.1, steps=20))
    if config.deadly:
        yield Cell(data=good.data, model=Deadly(), training=SGD(batch_size=10, lr=0.1, steps=20))
    failing = Cell(data=good.data, model=good.model, training=SGD(batch_size=101, lr=0.2, steps=20))
    yield Cell(data=good.data, model=good.model, start=Derived(parents=(good, failing), rule=Average()))


suite = Suite(
    name="faulty_suite",
    title="Faulty",
    question="Is everything that goes wrong a row?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (weight_norm(), refusing()),
)
