"""Number by number: what of a suite is the same on both sides, what differs, and what the seeds do not tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmark.published.compare.aligned import Table, named
from benchmark.stats.holm import holm
from benchmark.stats.rule import ALPHA
from benchmark.stats.two_samples import Comparison, failures_p, paired, pooled_sd, seeds_to_decide, welch

Outcome = Literal["same", "different", "undecided"]
Floats = NDArray[np.float64]
number = ["arm", "label", "quantity"]


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of one arm on both sides.

    Attributes:
        suite, arm, label, quantity: which.
        is_paired: whether it is of the same cells on both sides; else of other seeds.
        is_log: whether logarithms are compared, as those of numbers that are declared positive are.
        n_a, n_b: seeds on each side, the failed ones included; of pairs, the pairs.
        failed_a, failed_b: seeds without a number.
        mean_a, mean_b: over the others; geometric where `is_log`.
        difference: B minus A in units of `noise`, the pooled standard deviation over seeds.
        p_difference, p_adjusted, p_equivalence: see `two_samples`; adjusted by Holm over all numbers compared.
        n_equal: of pairs, those that are equal bit by bit.
        largest: of pairs, the largest deviation.
        n_needed: seeds on each side that would decide; None where no affordable number would, or it is decided.
    """

    suite: str
    arm: str
    label: str
    quantity: str
    is_paired: bool
    is_log: bool
    n_a: int
    n_b: int
    failed_a: int
    failed_b: int
    mean_a: float
    mean_b: float
    difference: float
    noise: float
    p_difference: float
    p_equivalence: float
    p_adjusted: float = 1.0
    n_equal: int = 0
    largest: float = 0.0
    outcome: Outcome = "undecided"
    n_needed: int | None = None

    @property
    def lacks_seeds(self) -> bool:
        """Whether it is undecided since a side has fewer than two seeds with a number, so that no noise is known."""
        return self.outcome == "undecided" and min(self.n_a - self.failed_a, self.n_b - self.failed_b) < 2


@dataclass(frozen=True, kw_only=True)
class Seeds:
    """One number over the seeds of both sides; a cell is "" and its value NaN where a side lacks the seed."""

    cell_a: NDArray[np.object_]
    cell_b: NDArray[np.object_]
    value_a: Floats
    value_b: Floats
    positive: NDArray[np.bool_]

    def at(self, places: NDArray[Any]) -> Seeds:
        """Return some of the seeds."""
        return Seeds(**{field.name: getattr(self, field.name)[places] for field in fields(self)})


def compare(suite: str, a: Table, b: Table, *, margin: float) -> Iterator[Number]:
    """Yield every single number that both sides have, undecided as yet; curves are left to `curve_by_curve`."""
    names = named(a.arms)
    quantities = pd.concat([_quantities(a.rows), _quantities(b.rows)]).drop_duplicates()
    sides = [_by_seed(table.rows, quantities) for table in (a, b)]
    both = sides[0].merge(sides[1], on=[*number, "seed"], how="outer", suffixes=("_a", "_b"))
    seeds = Seeds(
        cell_a=both["cell_a"].fillna("").to_numpy(dtype=object),
        cell_b=both["cell_b"].fillna("").to_numpy(dtype=object),
        value_a=both["value_a"].to_numpy(dtype=float),
        value_b=both["value_b"].to_numpy(dtype=float),
        positive=(both[["positive_a", "positive_b"]] != False).all(axis=1).to_numpy(),  # noqa: E712  # NaN: no such seed
    )
    columns = [both[name].to_numpy() for name in number]
    for found in both.groupby(number, sort=False).indices.values():
        places = np.asarray(found)
        chosen = seeds.at(places)
        if (chosen.cell_a != "").any() and (chosen.cell_b != "").any():
            arm, label, quantity = (column[places[0]] for column in columns)
            yield _number(chosen, (suite, names[arm], label, quantity), margin=margin)


def decide(numbers: Sequence[Number], *, margin: float) -> list[Number]:
    """Give every number its outcome.

    Same: shown to be within the margin, on all seeds. Different: Holm over all numbers leaves p <= 0.05, and it was
    not shown to be within the margin. Undecided: all else.
    """
    adjusted = holm(np.array([one.p_difference for one in numbers])) if numbers else np.array([])
    return [
        _decided(one, float(p), margin=margin, n_tests=len(numbers))
        for one, p in zip(numbers, adjusted, strict=True)
    ]


def _decided(one: Number, p_adjusted: float, *, margin: float, n_tests: int) -> Number:
    on_all_seeds = one.is_paired or not (one.failed_a or one.failed_b)  # pairs that failed alike are alike
    if on_all_seeds and one.p_equivalence <= ALPHA:
        outcome: Outcome = "same"
    else:
        outcome = "different" if p_adjusted <= ALPHA else "undecided"
    needed = (
        seeds_to_decide(one.difference, margin=margin, n_tests=n_tests) if outcome == "undecided" else None
    )
    return replace(one, p_adjusted=p_adjusted, outcome=outcome, n_needed=needed)


def _quantities(rows: pd.DataFrame) -> pd.DataFrame:
    return _single(rows)[~_single(rows)["failed"]][["label", "quantity"]].drop_duplicates()


def _single(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["index"] == "") & (rows["label"] != "history")]


def _by_seed(rows: pd.DataFrame, quantities: pd.DataFrame) -> pd.DataFrame:
    """Return one value per number and seed, NaN where any cell failed.

    The row that says why a measure has no numbers stands for all of them.
    """
    single = _single(rows)
    stands_for_all = single["failed"] & (single["quantity"] == "value")
    spread = single[stands_for_all].drop(columns="quantity").merge(quantities, on="label")
    every = pd.concat([single[~stands_for_all], spread])
    grouped = every.sort_values("cell").groupby([*number, "seed"], sort=False, as_index=False)
    reduced = grouped.agg(
        value=("value", "mean"),
        cell=("cell", "|".join),
        failed=("failed", "any"),
        positive=("positive", "all"),
    )
    return reduced.assign(value=reduced["value"].where(~reduced["failed"]))


def _number(seeds: Seeds, named_by: tuple[str, str, str, str], *, margin: float) -> Number:
    same = seeds.cell_a == seeds.cell_b
    is_paired = bool(same.any())
    if is_paired:
        seeds = seeds.at(same)
    a, b = seeds.value_a[seeds.cell_a != ""], seeds.value_b[seeds.cell_b != ""]
    numbers = np.concatenate([a[np.isfinite(a)], b[np.isfinite(b)]])
    is_log = bool(seeds.positive.all() and len(numbers) and (numbers > 0).all())
    scaled = (np.log(a), np.log(b)) if is_log else (a, b)
    found = _of_pairs(*scaled, margin=margin) if is_paired else _of_samples(*scaled, margin=margin)
    suite, arm, label, quantity = named_by
    both = np.isfinite(a) & np.isfinite(b) if is_paired else np.zeros(0, dtype=bool)
    return Number(
        suite=suite,
        arm=arm,
        label=label,
        quantity=quantity,
        is_paired=is_paired,
        is_log=is_log,
        n_a=len(a),
        n_b=len(b),
        failed_a=int((~np.isfinite(a)).sum()),
        failed_b=int((~np.isfinite(b)).sum()),
        mean_a=_mean(scaled[0], is_log=is_log),
        mean_b=_mean(scaled[1], is_log=is_log),
        difference=found.difference,
        noise=found.noise,
        p_difference=found.p_difference,
        p_equivalence=found.p_equivalence,
        n_equal=int((a[both] == b[both]).sum() + (np.isnan(a) & np.isnan(b)).sum()) if is_paired else 0,
        largest=float(np.abs(b[both] - a[both]).max()) if both.any() else 0.0,
    )


def _of_samples(a: Floats, b: Floats, *, margin: float) -> Comparison:
    """Compare other seeds. Failures are outcomes: where there are any, whether they are as frequent counts too."""
    failed = (int((~np.isfinite(a)).sum()), int((~np.isfinite(b)).sum()))
    found = welch(a[np.isfinite(a)], b[np.isfinite(b)], margin=margin)
    if not any(failed):
        return found
    p = min(1.0, 2 * min(found.p_difference, failures_p(failed, (len(a), len(b)))))
    return replace(found, p_difference=p)


def _of_pairs(a: Floats, b: Floats, *, margin: float) -> Comparison:
    """Compare the same cells. One that failed on one side alone is a difference without any test."""
    both = np.isfinite(a) & np.isfinite(b)
    if (np.isfinite(a) != np.isfinite(b)).any():
        return Comparison(difference=math.nan, noise=math.nan, p_difference=0.0, p_equivalence=1.0)
    return paired(b[both] - a[both], noise=pooled_sd(a[both], b[both]), margin=margin)


def _mean(values: Floats, *, is_log: bool) -> float:
    kept = values[np.isfinite(values)]
    if not len(kept):
        return math.nan
    return float(np.exp(kept.mean())) if is_log else float(kept.mean())
