"""From records to one number per seed and leg."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from benchmark.stats.claim import Claim, Leg, Population, Scope
from benchmark.stats.number import CannotReduce, select
from benchmark.stats.reduction import EveryRow, Reduction, labels_read

if TYPE_CHECKING:
    import pandas as pd

SCOPE_COLUMNS = {"data": "data", "models": "model", "profiles": "profile"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What decides a claim: values of shape (legs, seeds), NaN where a seed failed, and their origin."""

    values: NDArray[np.float64]
    scope: Scope

    @property
    def n_failed(self) -> int:
        """Seeds in which any leg failed."""
        return int(np.isnan(self.values).any(axis=0).sum())


def sample(frame: pd.DataFrame, claim: Claim, planned_seeds: Sequence[int] | None = None) -> Sample:
    """Reduce every seed of a claim's population.

    Raises:
        CannotReduce: out_of_scope, data_missing, ambiguous_rows or not_positive; the message names the seed.
        Exception: whatever a reduction of the claim's author raises.
    """
    rows = population(frame, claim)
    seeds = sorted(set(rows["seed"]) if planned_seeds is None else set(planned_seeds))
    if not seeds:
        raise CannotReduce("data_missing", "no seed is planned")
    rows = rows[rows["seed"].isin(seeds)]
    reductions = [_fixed(leg, rows) for leg in claim.legs]
    by_seed = dict(iter(_read(rows, reductions).groupby("seed")))
    none = rows.iloc[:0]
    values = np.array(
        [[_reduced(one, by_seed.get(seed, none), seed) for seed in seeds] for one in reductions],
        dtype=np.float64,
    )
    return Sample(values=np.where(np.isfinite(values), values, np.nan), scope=_observed_scope(rows))


def population(frame: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """The rows that take part in a claim.

    Raises:
        CannotReduce: out_of_scope, or data_missing where the records lack a column.
    """
    in_scope = frame
    for name, column in SCOPE_COLUMNS.items():
        if wanted := getattr(claim.scope, name):
            in_scope = select(in_scope, {column: wanted})
    if in_scope.empty and not frame.empty:
        raise CannotReduce(
            "out_of_scope", f"no row is in {claim.scope}; the records have {_observed_scope(frame)}"
        )
    chosen = claim.population
    rows = (
        select(in_scope, chosen)
        if isinstance(chosen, Mapping)
        else cast("pd.DataFrame", in_scope.loc[chosen])
    )
    if rows.empty:
        raise CannotReduce(
            "data_missing" if frame.empty else "out_of_scope", f"no row of the records has {_named(chosen)}"
        )
    return rows


def _named(population: Population) -> str:
    if not isinstance(population, Mapping):
        return "what the claim is about"
    return ", ".join(f"{factor}={value}" for factor, value in population.items())


def _observed_scope(rows: pd.DataFrame) -> Scope:
    present = {
        name: tuple(sorted(map(str, rows[column].dropna().unique())))
        for name, column in SCOPE_COLUMNS.items()
        if column in rows.columns
    }
    if "data.name" in rows.columns and rows["data.name"].notna().any():  # anybody's pictures, under a name
        present["data"] += tuple(sorted(map(str, rows["data.name"].dropna().unique())))
    return Scope(**present)


def _fixed(leg: Leg, rows: pd.DataFrame) -> Reduction:
    reduction = leg.reduce if isinstance(leg.reduce, Reduction) else EveryRow(function=leg.reduce)
    return reduction.fixed(rows)


def _read(rows: pd.DataFrame, reductions: Sequence[Reduction]) -> pd.DataFrame:
    """Leave out what no reduction looks at: looking for one number among all that a seed has is slow."""
    labels = [labels_read(reduction) for reduction in reductions]
    if any(names is None for names in labels):
        return rows
    return rows[rows["label"].isin({name for names in labels for name in names or ()})]


def _reduced(reduction: Reduction, rows: pd.DataFrame, seed: int) -> float:
    try:
        return reduction(rows)
    except CannotReduce as refusal:
        raise CannotReduce(refusal.reason, f"seed {seed}: {refusal}") from None
