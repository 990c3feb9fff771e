"""Two networks: one forgets a rounding, the other, at the edge of stability, makes it grow without bound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.cells.data.catalog import named
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.performance import performance
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Config:
    """Depths, and the learning rate of the deep network."""

    data: str = "digits"
    seeds: tuple[int, ...] = (0,)
    depths: tuple[int, ...] = (1, 4)
    lr: float = 0.5


def cells(config: Config) -> Iterator[Cell]:
    """Yield a network for each depth and seed."""
    for seed in config.seeds:
        for depth in config.depths:
            lr = 0.1 if depth == 1 else config.lr
            yield Cell(
                data=named(config.data, n_train=200, n_test=50, split_seed=seed),
                model=MLP(width=16, depth=depth),
                training=SGD(batch_size=20, lr=lr, steps=500),
                init_seed=seed,
                order_seed=seed,
                augment_seed=seed,
            )


suite = Suite(
    name="twin_suite",
    title="Twins",
    question="Which network amplifies rounding?",
    sources=(),
    profiles={"ci": Config(), "small": Config(depths=(1,), seeds=(0, 1))},
    cells=cells,
    measures=lambda config: (performance(),),
    label=lambda config, cell: {"depth": cell.model.depth},
)
