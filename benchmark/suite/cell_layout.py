"""From arms to cells: every cell once, seed by seed, with its columns and its place among the others."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.cells.cell import Cell, Derived, factors
from benchmark.cells.checks import reject
from benchmark.cells.data.catalog import built_in, named
from benchmark.suite.arms import Arm, Columns, Point

between_members = 10_000  # the k-th member of seed s draws its own streams from s + k times this
leading = ("arm", "network", "member")  # columns that come first, in a cell's name as in a table
Pairs = Callable[[Sequence[Cell]], Iterator[tuple[Cell, Cell]]]
Chosen = Callable[[Cell], bool]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The cells of a Config, and what the arms say of each.

    Attributes:
        cells: in order.
        columns: by key of the cell.
        seeds: by key, the seed that draws its split.
        firsts: by key of another member or a derived network, the first member of its group.
    """

    cells: tuple[Cell, ...]
    columns: Mapping[str, Columns]
    seeds: Mapping[str, int]
    firsts: Mapping[str, Cell]

    def of(self, **levels: Any) -> Chosen:
        """Return whether a cell has these levels of columns, or of `seed`; a tuple admits any of its values.

        A cell that several arms share is of each of them.
        """
        wanted = {name: level if isinstance(level, tuple) else (level,) for name, level in levels.items()}

        def chosen(cell: Cell) -> bool:
            known = {**self.columns[cell.key], "seed": self.seeds[cell.key]}
            arms = {known.get("arm"), *known.get("also_in", "").split(", ")}
            return all(
                bool(arms.intersection(any_of)) if name == "arm" else name in known and known[name] in any_of
                for name, any_of in wanted.items()
            )

        return chosen

    def but(self, **levels: Any) -> Chosen:
        """Return whether a cell does not have these levels."""
        left_out = self.of(**levels)
        return lambda cell: not left_out(cell)

    def with_first(self, chosen: Chosen = lambda cell: True) -> Pairs:
        """Return the selection of pairs: every other member, or derived network, with the first of its group.

        A row of the table has the columns of the first cell of its tuple, which is therefore the other one.
        """

        def select(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
            for cell in cells:
                if cell.key in self.firsts and chosen(cell):
                    yield cell, self.firsts[cell.key]

        return select

    def ends(self, column: str, chosen: Chosen) -> Pairs:
        """Return the selection of pairs that have the least and the greatest level of a column, all else being equal.

        Args:
            column: named as a field of the spec whose levels it holds.
            chosen: among which cells.
        """

        def select(cells: Sequence[Cell]) -> Iterator[tuple[Cell, Cell]]:
            groups: dict[str, list[Cell]] = {}
            for cell in filter(chosen, cells):
                groups.setdefault(_all_but(column, cell), []).append(cell)
            for group in groups.values():
                ordered = sorted(group, key=lambda cell: self.columns[cell.key][column])
                if len(ordered) > 1:
                    yield ordered[0], ordered[-1]

        return select


def laid_out(config: Any, arms: Sequence[Arm]) -> Layout:
    """Return the cells of all arms."""
    cells: dict[str, Cell] = {}
    columns: dict[str, dict[str, Any]] = {}
    seeds: dict[str, int] = {}
    firsts: dict[str, Cell] = {}
    points = [(arm, one) for arm in arms for one in arm.points]
    for seed, (arm, one) in itertools.product(config.seeds, points):
        (_, first), *others = group = _group(config, arm, one, seed)
        firsts |= {cell.key: first for _, cell in others}
        for member, cell in group:
            cells.setdefault(cell.key, cell)
            seeds[cell.key] = seed
            own = {"arm": arm.name, **one.columns} | ({"member": member} if member else {})
            columns[cell.key] = _joined(columns.get(cell.key, {}), own)
    ordered = {key: _ordered(of_cell) for key, of_cell in columns.items()}
    return Layout(cells=tuple(cells.values()), columns=ordered, seeds=seeds, firsts=firsts)


def cell_of(config: Any, one: Point, seed: int, *, member: int = 0, n_val: int = 0) -> Cell:
    """Return the cell of a point; the seed draws the split, and with the member's place everything else."""
    own = seed + member * between_members
    data = named(
        config.data,
        n_train=config.n_train,
        n_test=config.n_test,
        n_val=n_val,
        split_seed=seed,
        **one.data,
    )
    start = one.start(lambda other: cell_of(config, other, seed, member=member)) if one.start else None
    streams = {"init_seed": own, "order_seed": own, "augment_seed": own}
    return Cell(data=data, model=one.model, training=one.training, start=start, **streams)


def n_train(config: Any) -> int:
    """Return how many examples a network is trained on.

    Raises:
        ValueError: where that is for the data to say.
    """
    pool = pool_of(config)
    if pool is None:
        reject(config, "n_train", f"the steps of an epoch follow from it; give it for data={config.data!r}")
    return pool


def pool_of(config: Any) -> int | None:
    """Return how many examples a network is trained on; None where that is for the data to say."""
    pool: int | None = config.n_train or getattr(built_in.get(config.data), "pool", None)
    return pool


def has_batch_norm(model: Any) -> bool:
    """Tell whether a model has batch norm; one without the choice does."""
    return getattr(model, "norm", "batch") == "batch"


def _group(config: Any, arm: Arm, one: Point, seed: int) -> list[tuple[str, Cell]]:
    """Return the members of a point by name, and what is derived of them."""
    names = arm.members or ("",)
    trained = [cell_of(config, one, seed, member=place) for place in range(len(names))]
    derived = [
        dataclasses.replace(trained[-1], training=None, start=Derived(parents=tuple(trained), rule=rule))
        for rule in arm.derived.values()
    ]
    return list(zip([*names, *arm.derived], [*trained, *derived], strict=True))


def _joined(known: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a cell with those of one more arm, whose name stands in `also_in`.

    The arm of winners is told by the column `tuned`.
    """
    joined = {**known, **{name: level for name, level in own.items() if name not in known}}
    arms = [known["arm"], *filter(None, known.get("also_in", "").split(", "))] if known else []
    if known and own["arm"] not in (*arms, "tuned"):
        joined["also_in"] = ", ".join([*arms[1:], own["arm"]])
    return joined


def _ordered(columns: Mapping[str, Any]) -> dict[str, Any]:
    first = {name: columns[name] for name in leading if name in columns}
    return {**first, **columns}


def _all_but(column: str, cell: Cell) -> str:
    """Return everything in a cell's specs but the field that a column is named after."""
    left = {name: level for name, level in factors(cell).items() if name.rpartition(".")[2] != column}
    return json.dumps(left, sort_keys=True)
