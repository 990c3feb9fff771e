"""Whether a verdict rests on the same cells on both sides: then seeds cannot be why it changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from benchmark.published.compare.aligned import Table
from benchmark.results import records
from benchmark.stats.claim import Claim
from benchmark.stats.number import CannotReduce
from benchmark.stats.sample import population


def same_cells(claim: Claim | None, a: Path, b: Path, tables: tuple[Table, Table]) -> bool:
    """Tell whether the networks that a claim is about are the same on both sides.

    Args:
        claim: as the suite has it. Of one that the suite does not have, or that chooses by the numbers of a measure,
            the networks are taken to be those of all arms that both sides have.
        a: folder of the suite's results on one side.
        b: that on the other.
        tables: their records, with aligned arms.
    """
    if claim is not None and isinstance(claim.population, Mapping):
        left, right = (_about(claim, records.read(folder / "records.parquet")) for folder in (a, b))
    else:
        shared = set(tables[0].rows["arm"]) & set(tables[1].rows["arm"])
        left, right = (_keys(table.rows.loc[table.rows["arm"].isin(shared), "cell"]) for table in tables)
    return bool(left) and left == right


def _about(claim: Claim, frame: pd.DataFrame) -> set[str]:
    try:
        return _keys(population(frame, claim)["cells"].map(" ".join))
    except CannotReduce:
        return set()


def _keys(cells: Iterable[str]) -> set[str]:
    """Return the networks alone: a measure on pairs of them, which one side may lack, is about no others."""
    return {key for text in set(cells) for key in text.split()}
