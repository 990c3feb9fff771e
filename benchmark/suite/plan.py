"""What a suite asks for under one configuration: cells, and measures on them. Planning needs no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from benchmark.cells.cell import Cell, Derived, FromCheckpoint, factors
from benchmark.measures.measure import Measure
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.suite import Suite


@dataclass(frozen=True, kw_only=True)
class Job:
    """One measure on one cell, or on an ordered tuple of cells.

    Attributes:
        number: its place in the whole suite's plan, by which workers know it.
    """

    measure: Measure
    cells: tuple[Cell, ...]
    number: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that a run of a suite computes.

    Attributes:
        cells: the suite's cells, in its order, each once.
        jobs: the measures on them, in the suite's order.
        columns: by key, what the suite calls its cells.
    """

    folder: SuiteFolder
    profile: str
    config: Any
    cells: tuple[Cell, ...]
    jobs: tuple[Job, ...]
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def suite(self) -> Suite:
        """The suite that was planned."""
        return self.folder.suite

    @cached_property
    def all_cells(self) -> tuple[Cell, ...]:
        """The suite's cells and all their ancestors, every one after its parents."""
        ordered: dict[str, Cell] = {}
        for cell in self.cells:
            _append_with_parents(cell, ordered)
        return tuple(ordered.values())

    @cached_property
    def states(self) -> dict[str, tuple[int, ...]]:
        """Which training states each cell (by key) must keep, since another cell or a measure starts from them."""
        steps: dict[str, set[int]] = {}
        for job in self.jobs:
            for cell in job.cells:
                steps.setdefault(cell.key, set()).update(job.measure.states(cell))
        for cell in self.all_cells:
            if isinstance(cell.start, FromCheckpoint):
                steps.setdefault(cell.start.cell.key, set()).add(cell.start.step)
        return {key: tuple(sorted(wanted)) for key, wanted in steps.items() if wanted}

    def factors(self, cell: Cell) -> dict[str, Any]:
        """Return a cell's columns: its spec's fields, then the suite's own labels."""
        return {**factors(cell), **self.columns.get(cell.key, {})}

    def name(self, cell: Cell) -> str:
        """Return a cell's name for people: the fewest factors that tell the cells apart, and the seed."""
        columns = self.factors(cell)
        words = [
            f"{name.rpartition('.')[2]}={columns[name]}"
            for name in self.telling
            if columns.get(name) is not None
        ]
        return " ".join([*words, f"seed={self.seed(cell)}"])

    def seed(self, cell: Cell) -> int:
        """Return a cell's replicate: what the column `seed` holds."""
        return self.suite.seed(cell)

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The factors that tell cells of one seed apart: the suite's own labels, then others as far as needed."""
        tables = [self.factors(cell) for cell in self.cells]
        labels = dict.fromkeys(name for cell in self.cells for name in self.columns[cell.key])
        others = dict.fromkeys(name for table in tables for name in table if name not in labels)
        chosen = [name for name in labels if len({table.get(name) for table in tables}) > 1]
        for name in others:
            seeds = [self.seed(cell) for cell in self.cells]
            before = {(seed, *map(table.get, chosen)) for seed, table in zip(seeds, tables, strict=True)}
            after = {
                (seed, *map(table.get, [*chosen, name])) for seed, table in zip(seeds, tables, strict=True)
            }
            if len(before) < len(self.cells) and len(after) > len(before):
                chosen.append(name)
        return tuple(chosen)


def plan(folder: SuiteFolder, *, profile: str, config: Any, pin: Callable[[Any], Any] | None = None) -> Plan:
    """Lay out what a suite computes under `config`.

    Args:
        folder: the suite.
        profile: name of the profile that `config` came from.
        config: an instance of the suite's Config.
        pin: from a data spec to the same with the digest of the data found on this machine; None leaves it open.
            Without the digest two folders of pictures with equal options would share their results. The suite itself
            never sees it.
    """
    suite = folder.suite
    asked = tuple(_unique(suite.cells(config)))
    known: dict[Cell, Cell] = {}

    def final(cell: Cell) -> Cell:
        return cell if pin is None else _pinned(cell, pin, known)

    chosen = [(measure, cells) for measure in suite.measures(config) for cells in measure.select(asked)]
    jobs = tuple(
        Job(measure=measure, cells=tuple(map(final, cells)), number=number)
        for number, (measure, cells) in enumerate(chosen)
    )
    columns = {final(cell).key: suite.label(config, cell) for cell in asked}
    cells = tuple(dict.fromkeys(map(final, asked)))
    return Plan(folder=folder, profile=profile, config=config, cells=cells, jobs=jobs, columns=columns)


def pinned(cell: Cell, pin: Callable[[Any], Any]) -> Cell:
    """Return a cell with its data, and those of its ancestors, pinned; see `plan`."""
    return _pinned(cell, pin, {})


def narrowed(
    whole: Plan, *, cells: Callable[[Cell], bool], measures: Callable[[Measure], bool], histories: bool = True
) -> Plan:
    """Return the part of a plan that is about some cells: these, the measures on them, and the cells those need too.

    Args:
        whole: of the suite.
        cells: which cells, and which measures by the first cell of their tuple.
        measures: which of those measures.
        histories: whether cells without such a measure are wanted as well.
    """
    wanted = {cell.key for cell in whole.cells if cells(cell)}
    jobs = tuple(job for job in whole.jobs if job.cells[0].key in wanted and measures(job.measure))
    needed = (wanted if histories else set()) | {cell.key for job in jobs for cell in job.cells}
    return dataclasses.replace(
        whole, cells=tuple(cell for cell in whole.cells if cell.key in needed), jobs=jobs
    )


def config_to_json(config: Any) -> dict[str, Any]:
    """Return a Config as plain JSON values."""
    values: dict[str, Any] = dataclasses.asdict(config)
    return values


def config_from_json(kind: type, values: Mapping[str, Any]) -> Any:
    """Return the Config that `config_to_json` was given; JSON's lists are tuples again."""
    return kind(**{name: _tupled(value) for name, value in values.items()})


def config_of_past(kind: type, values: Mapping[str, Any]) -> Any:
    """Return the Config of a run that is over, without its sweep: a budget that today's rule refuses laid out no cell.

    Its winners stay, for those did.
    """
    left = {"sweep_trials": 0} if "sweep_trials" in values else {}
    return config_from_json(kind, {**values, **left})


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def _unique(cells: Iterable[Cell]) -> Iterable[Cell]:
    return {cell.key: cell for cell in cells}.values()


def _append_with_parents(cell: Cell, ordered: dict[str, Cell]) -> None:
    if cell.key in ordered:
        return
    for parent in cell.parents:
        _append_with_parents(parent, ordered)
    ordered[cell.key] = cell


def _pinned(cell: Cell, pin: Callable[[Any], Any], known: dict[Cell, Cell]) -> Cell:
    if cell not in known:
        start = cell.start
        if isinstance(start, FromCheckpoint):
            start = dataclasses.replace(start, cell=_pinned(start.cell, pin, known))
        elif isinstance(start, Derived):
            parents = tuple(_pinned(parent, pin, known) for parent in start.parents)
            start = dataclasses.replace(start, parents=parents)
        known[cell] = dataclasses.replace(cell, data=pin(cell.data), start=start)
    return known[cell]
