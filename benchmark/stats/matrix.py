"""Does a claim hold under every definition of what it is about? A table of verdicts by the one rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.stats.claim import Claim, Leg, Population
from benchmark.stats.judging import judge
from benchmark.stats.number import CannotReduce
from benchmark.stats.sample import population
from benchmark.stats.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd

Cells = Mapping[str, Mapping[str, Verdict]]


@dataclass(frozen=True, kw_only=True)
class DefinitionMatrix:
    """A claim judged anew with other numbers in place of its own, on other records.

    Every cell is an exploratory claim: with its own p-value, corrected for nothing, so that one cell alone proves
    little. What counts is whether cells agree; where a claim holds under some definitions and is contradicted under
    others, it is one about the definition.

    Attributes:
        claim: id of the claim, whose scope and sentence are those of every cell.
        rows: by name, the definitions: what must hold, each leg with its direction and smallest effect.
        columns: by name, populations: stop rules, parametrizations, fixed or tuned learning rates.
    """

    claim: str
    rows: Mapping[str, tuple[Leg, ...]]
    columns: Mapping[str, Population]

    def __post_init__(self) -> None:
        for name in ("rows", "columns"):
            if not getattr(self, name):
                raise ValueError(f"DefinitionMatrix of {self.claim!r}: {name} is empty; name at least one")

    def claims(self, claim: Claim) -> dict[tuple[str, str], Claim]:
        """Return the claim of every cell, by row and column.

        Raises:
            ValueError: when `claim` is another than the matrix is about.
        """
        if claim.id != self.claim:
            raise ValueError(f"the matrix is about {self.claim}, not about {claim.id}")
        return {
            (row, column): dataclasses.replace(
                claim,
                id=cell_name(claim.id, row, column),
                of=claim.root,
                legs=legs,
                population=population,
                confirmatory=False,
            )
            for row, legs in self.rows.items()
            for column, population in self.columns.items()
        }


def cell_name(claim: str, row: str, column: str) -> str:
    """Return what the claim of one cell is called."""
    return f"{claim} [{row}; {column}]"


def judge_matrices(
    frame: pd.DataFrame, claims: Iterable[Claim], matrices: Sequence[DefinitionMatrix]
) -> dict[str, Cells]:
    """Decide every cell of the matrices of a suite; verdicts by claim, row and column.

    A cell whose records are not there is `not_run`, as a claim would be.

    Raises:
        ValueError: when a matrix is about no claim of the suite, or two are about one.
    """
    known = {claim.id: claim for claim in claims}
    found: dict[str, Cells] = {}
    for matrix in matrices:
        if matrix.claim not in known or matrix.claim in found:
            problem = "is in two matrices" if matrix.claim in found else "is in a matrix, and no claim"
            raise ValueError(f"{matrix.claim!r} {problem}; a claim has one matrix at most")
        found[matrix.claim] = _judged(frame, matrix, known[matrix.claim])
    return found


def _judged(frame: pd.DataFrame, matrix: DefinitionMatrix, claim: Claim) -> Cells:
    cells = matrix.claims(claim)
    verdicts: dict[tuple[str, str], Verdict] = {}
    for column in matrix.columns:
        places = [(row, column) for row in matrix.rows]
        chosen = [cells[place] for place in places]
        verdicts |= zip(places, judge(_narrowed(frame, chosen[0]), chosen), strict=True)
    return {row: {column: verdicts[row, column] for column in matrix.columns} for row in matrix.rows}


def _narrowed(frame: pd.DataFrame, claim: Claim) -> pd.DataFrame:
    """Choose the rows of a column once for all definitions; where there are none the frame says why."""
    try:
        return population(frame, claim)
    except CannotReduce:
        return frame


def n_judged(cells: Cells) -> int:
    """Return how many cells of a matrix could be judged."""
    return sum(verdict.outcome != "not_run" for row in cells.values() for verdict in row.values())
