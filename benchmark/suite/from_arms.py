"""A suite that is told as a table of arms, and what is wrong with such a table whatever the suite is about."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from benchmark.cells.cell import Cell
from benchmark.cells.checks import reject
from benchmark.measures.measure import Measure
from benchmark.suite.arms import Arm, Point, Swept, swept_points, with_winners
from benchmark.suite.cell_layout import Layout, between_members, cell_of, laid_out, pool_of
from benchmark.suite.suite import Suite, Sweep
from benchmark.suite.winners import check_sweep

Arms = Callable[[Any], Iterable[Arm]]


def suite_of(
    *,
    arms: Arms,
    measures: Callable[[Any, Layout], Sequence[Measure]],
    swept: Swept | None = None,
    **facts: Any,
) -> Suite:
    """Return the suite whose cells are those of a table of arms.

    Args:
        arms: from a Config to the arms.
        measures: from a Config and the layout of its arms to the measures.
        swept: what is tuned; None for nothing.
        facts: the other fields of `Suite`.
    """

    @functools.lru_cache(maxsize=8)
    def layout(config: Any) -> Layout:
        table = tuple(arms(config))
        return laid_out(config, with_winners(config, table, swept) if swept else table)

    return Suite(
        cells=lambda config: layout(config).cells,
        measures=lambda config: measures(config, layout(config)),
        label=lambda config, cell: layout(config).columns[cell.key],
        seed=_split_seed,
        sweep=_sweep(arms, swept) if swept else None,
        **facts,
    )


def check(config: Any, arms: Iterable[Arm], swept: Swept | None = None) -> None:
    """Refuse what no suite can lay out; for the `__post_init__` of a Config.

    Raises:
        ValueError: where no arm has a network, where seeds would share streams, where a batch is larger than what it is
            drawn from, or on a budget or winners that the sweep cannot have.
    """
    table = tuple(arms)
    if not any(arm.points for arm in table):
        _reject_without_networks(config)
    n_members = max((len(arm.members) for arm in table), default=1)
    if n_members > 1:
        _check_members(config, n_members)
    for arm in table:
        _check_batches(config, arm)
    if swept:
        check_sweep(config, arms=swept_points(table), hyperparameters=swept.space(config))


def _reject_without_networks(config: Any) -> NoReturn:
    """Refuse a Config that asks for nothing, by the list that is empty where one is."""
    of_sweep = {"sweep_seeds", "tuned"}
    for field in dataclasses.fields(config):
        if getattr(config, field.name) == () and field.name not in of_sweep:
            reject(config, field.name, "no arm has a network; give at least one")
    raise ValueError(f"{type(config).__name__} has no arm with a network; give arms(config) one at least")


def _check_members(config: Any, n_members: int) -> None:
    if max(config.seeds) >= between_members:
        others = f"another network of seed s draws from s + {between_members}"
        reject(config, "seeds", f"give seeds from 0 to below {between_members}; {others}")
    drawn = {seed + place * between_members for seed in config.seeds for place in range(1, n_members)}
    if shared := drawn & set(getattr(config, "sweep_seeds", ())):
        reject(config, "sweep_seeds", f"{min(shared)} draws another network of seeds; give others")


def _check_batches(config: Any, arm: Arm) -> None:
    """Refuse a batch that is larger than what it is drawn from, by the knob that holds it where one does."""
    sizes, pool = [one.training.batch_size for one in arm.points if one.training], pool_of(config)
    if pool is None or max(sizes, default=0) <= pool:
        return
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        if "batch_size" in field.name and max(sizes) in (value if isinstance(value, tuple) else (value,)):
            reject(config, field.name, f"{max(sizes)} is more than n_train={pool}; give at most that")
    reject(config, "n_train", f"the arm {arm.name} takes batches of {max(sizes)}; give at least that")


def _split_seed(cell: Cell) -> int:
    seed: int = cell.data.split_seed
    return seed


def _sweep(arms: Arms, swept: Swept) -> Sweep:
    @functools.lru_cache(maxsize=8)  # every trial asks on every seed
    def points(config: Any) -> Mapping[str, Point]:
        return {name: one for name, (_, one) in swept_points(arms(config)).items()}

    def trial(config: Any, arm: str, at: Mapping[str, float], seed: int) -> Cell:
        one = points(config)[arm]
        tried = dataclasses.replace(one, training=swept.at(one.training, **at))
        return cell_of(config, tried, seed, n_val=config.n_val)

    return Sweep(
        arms=lambda config: tuple(points(config)),
        space=swept.space,
        default=lambda config, arm: swept.default(config, points(config)[arm]),
        cell=trial,
        sharpness=swept.sharpness,
    )
