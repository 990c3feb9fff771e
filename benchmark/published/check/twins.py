"""Twins: how far a suite's cells move when each is trained again from weights one rounding apart.

A cell whose twin ends elsewhere amplifies rounding, and will end elsewhere on another processor too: no gate that
compares numbers can hold it there. See `benchmark.cells.training.twin`, and docs/decisions/0012-same-cells-gate.md.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmark.cells.cell import Cell
from benchmark.published.check.deviations import side_by_side, with_deviations
from benchmark.published.check.keyed_numbers import numbers
from benchmark.run.bench import Bench, entry_of
from benchmark.run.measuring import usable
from benchmark.stats.judging import judge
from benchmark.stats.number import CannotReduce
from benchmark.stats.sample import sample
from benchmark.suite.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.stats.claim import Claim
    from benchmark.store.entry import Entry

farthest = 1e-8  # relative distance of the weights at which a cell in double precision amplifies too much
farthest_measure = (
    1e-7  # the same of a measure's numbers, in units of their size: a tenth of what `check` allows
)


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A cell beside itself, trained from weights one rounding apart.

    Attributes:
        key, name: the cell's; the name has its seed.
        distance: of the final weights and buffers, over their norm; infinite where one of both cannot be used.
        n_steps, twin_steps: optimizer steps to the end.
        status, twin_status: of the cell.
    """

    key: str
    name: str
    distance: float
    n_steps: int
    twin_steps: int
    status: str
    twin_status: str

    @property
    def agrees(self) -> bool:
        """Whether both ended alike, after as many steps and at weights that a regression check can compare."""
        is_alike = (self.n_steps, self.status) == (self.twin_steps, self.twin_status)
        return is_alike and self.distance <= farthest


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What rounding does to a claim.

    Attributes:
        effect, twin_effect: over the cells and over their twins; None where there is none.
        outcome, twin_outcome: of the verdicts.
        share: of the interval that is rounding, see `share_of_rounding`. Of several legs the largest.
    """

    effect: float | None
    twin_effect: float | None
    outcome: str
    twin_outcome: str
    share: float


@dataclass(frozen=True, kw_only=True)
class Twins:
    """What the twins of a suite tell.

    Attributes:
        precision: dtype in force.
        code: hash over the code that computed them, as in the provenance of a run.
        seeds: that were trained twice.
        cells: one entry each.
        measures: label -> largest deviation of any of its numbers, in units of their size.
        claims: by id; those that the records decide.
    """

    suite: str
    profile: str
    precision: str
    code: str
    seeds: tuple[int, ...]
    cells: tuple[Twin, ...]
    measures: Mapping[str, float]
    claims: Mapping[str, Moved]

    @property
    def apart(self) -> tuple[Twin, ...]:
        """The cells that no regression check can hold, the farthest first."""
        found = [twin for twin in self.cells if not twin.agrees]
        return tuple(sorted(found, key=lambda twin: -twin.distance))

    @property
    def measures_apart(self) -> dict[str, float]:
        """The measures that no regression check can hold on these cells, the farthest first: they branch."""
        found = {label: moved for label, moved in self.measures.items() if not moved <= farthest_measure}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def passes(self) -> bool:
        """Whether a regression check can hold the suite; in single precision nothing is asked of it."""
        return self.precision == "float32" or not (self.apart or self.measures_apart)

    @property
    def worst(self) -> Twin:
        """The cell whose weights moved most."""
        return max(self.cells, key=lambda twin: twin.distance)

    def as_json(self) -> str:
        """Return all of it as text, numbers that are not finite as strings."""
        return json.dumps(_plain(dataclasses.asdict(self)), indent=1, allow_nan=False) + "\n"


def twins(
    plan: Plan,
    benches: tuple[Bench, Bench],
    tables: tuple[pd.DataFrame, pd.DataFrame],
    claims: Sequence[Claim],
    code: str,
) -> Twins:
    """Compare cells with their twins; both are in the store.

    Args:
        plan: of the suite.
        benches: where the cells and where their twins lie.
        tables: the records of both.
        claims: of the suite.
        code: hash over the code that computed them.
    """
    return Twins(
        suite=plan.suite.name,
        profile=plan.profile,
        precision=benches[0].numerics["dtype"],
        code=code,
        seeds=tuple(sorted({plan.seed(cell) for cell in plan.cells})),
        cells=tuple(_twin(plan.name(cell), cell, benches) for cell in plan.cells),
        measures=largest_deviations(*tables),
        claims=dict(_moved(claims, *tables)),
    )


def _twin(name: str, cell: Cell, benches: tuple[Bench, Bench]) -> Twin:
    entries = [entry_of(cell, bench.store, bench.numerics) for bench in benches]
    own, other = (entry.done() or {"n_steps": 0, "status": "failed"} for entry in entries)
    can_compare = own["status"] in usable and other["status"] in usable
    return Twin(
        key=cell.key,
        name=name,
        distance=_distance(*entries) if can_compare else math.inf,
        n_steps=own["n_steps"],
        twin_steps=other["n_steps"],
        status=own["status"],
        twin_status=other["status"],
    )


def _distance(one: Entry, other: Entry) -> float:
    """Return ||theta - theta'|| / ||theta|| over weights and buffers that are not counts."""
    first, second = (entry.read_tensors("weights.safetensors") for entry in (one, other))
    names = [name for name, value in first.items() if value.is_floating_point()]
    apart = sum(float((first[name] - second[name]).double().square().sum()) for name in names)
    size = sum(float(first[name].double().square().sum()) for name in names)
    distance = math.sqrt(apart / size) if size else 0.0
    return distance if math.isfinite(distance) else math.inf


def largest_deviations(records: pd.DataFrame, others: pd.DataFrame) -> dict[str, float]:
    """Return label -> largest deviation between two tables of the same cells, in units of the numbers' size.

    It is infinite where a number, or a status, of the one has no counterpart in the other.
    """
    pairs = with_deviations(side_by_side(numbers(records), numbers(others)))
    is_matched = pairs["_merge"].eq("both") & pairs["status"].eq(pairs["status_found"])
    found = pairs["deviation"].where(is_matched, math.inf).groupby(pairs["label"], sort=False).max()
    return {str(label): float(value) for label, value in found.items()}


def _moved(
    claims: Sequence[Claim], records: pd.DataFrame, others: pd.DataFrame
) -> Iterator[tuple[str, Moved]]:
    for claim, own, twin in zip(claims, judge(records, claims), judge(others, claims), strict=True):
        if own.outcome != "not_run" and twin.outcome != "not_run":
            yield (
                claim.id,
                Moved(
                    effect=own.effect,
                    twin_effect=twin.effect,
                    outcome=own.outcome,
                    twin_outcome=twin.outcome,
                    share=_share_of_rounding(claim, records, others),
                ),
            )


def _share_of_rounding(claim: Claim, records: pd.DataFrame, others: pd.DataFrame) -> float:
    try:
        values, moved = (sample(frame, claim).values for frame in (records, others))
    except CannotReduce:
        return math.nan
    smallest = [leg.smallest_effect for leg in claim.legs]
    return max(map(share_of_rounding, values, moved, smallest))


def share_of_rounding(
    values_S: Iterable[float], moved_S: Iterable[float], smallest_effect: float = 0.0
) -> float:
    """Return sd under rounding / sd between seeds, of one number per seed; at most 1, and NaN for fewer than two seeds.

    A seed's number and its twin's differ by two draws of rounding, hence the factor of a half under the root. Where
    seeds agree closer than the claim's smallest effect (an identity), that is the measure of rounding instead.
    """
    import numpy as np

    values, moved = (np.asarray(list(numbers_S), dtype=float) for numbers_S in (values_S, moved_S))
    both = np.isfinite(values) & np.isfinite(moved)
    if both.sum() < 2:
        return math.nan
    rounding = math.sqrt(float(np.mean((values[both] - moved[both]) ** 2)) / 2)
    between = max(float(np.std(values[both], ddof=1)), smallest_effect)
    return min(1.0, rounding / between) if between else float(rounding > 0)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
