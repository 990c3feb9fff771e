"""Two arms whose answers are known: in one another point truly wins by far, in the other all points are alike.

What is tuned is `x`. In the arm `slow` it adds to a learning rate that at x = 0 teaches nothing; in the arm `alike` it
draws the first weights anew, and so gains luck and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.data.catalog import named
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.measures.performance import performance
from benchmark.measures.sam_sharpness import sam_sharpness
from benchmark.suite.suite import Range, Suite, Sweep
from benchmark.suite.winners import check_sweep, winner

arms = {"slow": 8, "alike": 12}  # their widths


@dataclass(frozen=True, kw_only=True)
class Config:
    """Seeds, and the fields of a sweep."""

    data: str = "digits"
    n_train: int = 100
    n_test: int = 50
    seeds: tuple[int, ...] = (0, 1)
    sweep_trials: int = 4
    sweep_seeds: tuple[int, ...] = (1_000_000, 1_000_001, 1_000_002, 1_000_003)
    n_val: int = 200
    tuned: tuple[tuple[str, str, float], ...] = ()

    def __post_init__(self) -> None:
        check_sweep(self, arms=arms, hyperparameters=("x",))


def cells(config: Config) -> Iterator[Cell]:
    """Yield the fixed arms, and what is in force in the tuned ones."""
    for seed in config.seeds:
        for arm in arms:
            yield cell(config, arm, 0.0, seed)
            if winning_point := winner(config, arm):
                yield cell(config, arm, winning_point["x"], seed)


def cell(config: Config, arm: str, x: float, seed: int, *, n_val: int = 0) -> Cell:
    """Return one network."""
    return Cell(
        data=named(config.data, n_train=config.n_train, n_test=config.n_test, n_val=n_val, split_seed=seed),
        model=MLP(width=arms[arm], depth=1),
        training=SGD(batch_size=10, lr=1e-6 + 0.5 * x if arm == "slow" else 0.1, steps=40),
        init_seed=seed + (round(1e6 * x) if arm == "alike" else 0),
        order_seed=seed,
        augment_seed=seed,
    )


def label(config: Config, one: Cell) -> dict[str, Any]:
    """Return the arm of a cell, and whether it is at the point in force."""
    arm = next(name for name, width in arms.items() if width == one.model.width)
    seed = one.data.split_seed
    winning_point = winner(config, arm)
    return {
        "arm": arm,
        **({"tuned": one == cell(config, arm, winning_point["x"], seed)} if winning_point else {}),
    }


def tried(config: Config, arm: str, point: Mapping[str, float], seed: int) -> Cell:
    """Return the cell that tries a point."""
    return cell(config, arm, point["x"], seed, n_val=config.n_val)


suite = Suite(
    name="planted",
    title="Planted",
    question="Does a sweep move where it pays, and stay where it does not?",
    sources=(),
    profiles={"ci": Config()},
    cells=cells,
    measures=lambda config: (performance(),),
    label=label,
    seed=lambda one: one.data.split_seed,
    sweep=Sweep(
        arms=lambda config: tuple(arms),
        space=lambda config: {"x": Range(low=0.0, high=1.0)},
        default=lambda config, arm: {"x": 0.0},
        cell=tried,
        sharpness=sam_sharpness(rho=0.05),
    ),
)
