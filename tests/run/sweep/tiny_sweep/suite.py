"""Two arms that train in a blink, tuned over learning rates up to where training diverges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmark.cells.cell import Cell
from benchmark.cells.data.catalog import named
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.measures.weight_norm import weight_norm
from benchmark.suite.suite import Range, Suite, Sweep


@dataclass(frozen=True, kw_only=True)
class Config:
    """Seeds and lengths; `n_line` shapes no cell."""

    data: str = "digits"
    seeds: tuple[int, ...] = (0, 1)
    widths: tuple[int, ...] = (4, 16)
    lr: float = 0.1
    highest_lr: float = 1e6  # far beyond where training diverges
    steps: int = 12
    n_line: int = 5
    sweep_trials: int = 6
    sweep_seeds: tuple[int, ...] = (1_000_000, 1_000_001, 1_000_002)
    n_val: int = 200
    tuned: tuple[tuple[str, str, float], ...] = ()


def cells(config: Config) -> Iterator[Cell]:
    """Yield the fixed arm, and the winning points."""
    winning_lrs = {arm: value for arm, name, value in config.tuned if name == "lr"}
    for seed in config.seeds:
        for width in config.widths:
            yield cell(config, width, config.lr, 0.0, seed, n_val=0)
            if f"width={width}" in winning_lrs:
                yield cell(config, width, winning_lrs[f"width={width}"], 0.0, seed, n_val=0)


def cell(config: Config, width: int, lr: float, momentum: float, seed: int, *, n_val: int) -> Cell:
    """Return one network."""
    return Cell(
        data=named(config.data, n_train=100, n_test=50, n_val=n_val, split_seed=seed),
        model=MLP(width=width, depth=1),
        training=SGD(batch_size=10, lr=lr, momentum=momentum, steps=config.steps),
        init_seed=seed,
        order_seed=seed,
        augment_seed=seed,
    )


def tried(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    """Return the cell that tries a point."""
    width = int(arm.removeprefix("width="))
    return cell(config, width, point["lr"], point["momentum"], seed, n_val=config.n_val)


suite = Suite(
    name="tiny_sweep",
    title="Tiny",
    question="Does a killed sweep end as one that was not?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (weight_norm(),),
    sweep=Sweep(
        arms=lambda config: [f"width={width}" for width in config.widths],
        space=lambda config: {
            "lr": Range(low=1e-3, high=config.highest_lr, log=True),
            "momentum": Range(low=0.0, high=0.95),
        },
        default=lambda config, arm: {"lr": config.lr, "momentum": 0},
        cell=tried,
        sharpness=sam_sharpness(rho=0.05),
    ),
)
