"""Two networks, one of them with its units in another order, and in the order of the other network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.cells.cell import Cell, Derived
from benchmark.cells.data.digits import Digits
from benchmark.cells.derivations.match_weights import MatchWeights
from benchmark.cells.derivations.permute_units import PermuteUnits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.performance import performance
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Config:
    """Nothing to choose."""

    data: str = "digits"
    seeds: tuple[int, ...] = (0,)


def cells(config: Config) -> Iterator[Cell]:
    """Yield two trained networks and three derived ones."""
    data, model, training = Digits(n_train=200), MLP(width=16), SGD(batch_size=10, lr=0.1, epochs=5)
    first, second = (
        Cell(data=data, model=model, training=training, init_seed=seed, order_seed=seed) for seed in (0, 1)
    )
    elsewhere = Cell(
        data=data, model=model, init_seed=2, start=Derived(parents=(first,), rule=PermuteUnits())
    )
    yield from (first, second, elsewhere)
    for other in (elsewhere, second):
        yield Cell(data=data, model=model, start=Derived(parents=(first, other), rule=MatchWeights()))


suite = Suite(
    name="matched_suite",
    title="Matched",
    question="Are networks with permuted units stored and measured?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (performance(),),
)
