"""Do wider networks make fewer errors? An example to be changed into your own suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.cells.data.catalog import named
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.measure import Measure
from benchmark.measures.performance import performance
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every knob of the suite; `lossbench params` lists them in params.yaml.

    Attributes:
        data: name of a data set.
        n_train: training examples.
        seeds: each draws subset, initialization and order together.
        widths: of the hidden layer.
        epochs: budget of a run.
    """

    data: str = "digits"
    n_train: int = 200
    seeds: tuple[int, ...] = tuple(range(10))
    widths: tuple[int, ...] = (2, 32)
    epochs: int = 20


def cells(config: Config) -> Iterator[Cell]:
    """Yield the networks to be trained."""
    for seed in config.seeds:
        for width in config.widths:
            yield Cell(
                data=named(config.data, n_train=config.n_train, split_seed=seed),
                model=MLP(width=width, depth=1),
                training=SGD(batch_size=20, lr=0.1, epochs=config.epochs),
                init_seed=seed,
                order_seed=seed,
                augment_seed=seed,
            )


def measures(config: Config) -> tuple[Measure, ...]:
    """Return what is computed from every network."""
    return (performance(), weight_norm())


suite = Suite(
    name="example",
    title="Width and test error",
    question="Do wider networks make fewer errors on pictures they have not seen?",
    sources=("Author et al., year, title",),
    profiles={
        "ci": Config(),
        "small": Config(n_train=1000, widths=(2, 8, 32, 128), epochs=100),
        "full": Config(data="cifar10", n_train=10_000, widths=(8, 64, 512), epochs=100),
    },
    cells=cells,
    measures=measures,
)
