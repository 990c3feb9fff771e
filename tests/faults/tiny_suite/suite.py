"""Three small cells that use every random stream, for runs that are killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.data.catalog import named
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from benchmark.measures.loss_surface import loss_surface
from benchmark.measures.performance import performance
from benchmark.measures.weight_histogram import weight_histogram
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Config:
    """Seeds and length of the trainings."""

    data: str = "digits"
    seeds: tuple[int, ...] = (0,)
    steps: int = 60


def cells(config: Config) -> Iterator[Cell]:
    """Yield momentum with augmentation and batch norm, Adam, and plain descent."""
    trainings: tuple[Any, ...] = (
        SGD(batch_size=16, lr=0.05, momentum=0.9, steps=config.steps, augment="crop_flip", weight_decay=1e-3),
        Adam(batch_size=16, steps=config.steps),
        SGD(batch_size=50, lr=0.1, steps=config.steps, schedule="cosine"),
    )
    for seed in config.seeds:
        for number, training in enumerate(trainings):
            yield Cell(
                data=named(config.data, n_train=200, n_test=200, split_seed=seed),
                model=MLP(width=16, depth=2, norm="batch" if number == 0 else "none"),
                training=training,
                init_seed=seed,
                order_seed=seed,
                augment_seed=seed,
            )


suite = Suite(
    name="tiny_suite",
    title="Tiny",
    question="Does a killed run end as one that was not?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (performance(), weight_norm(), weight_histogram(), loss_surface(n_points=5)),
)
