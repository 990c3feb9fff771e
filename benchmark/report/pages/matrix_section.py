"""The matrix of definitions of a claim: does it hold however sharpness is defined, and however the nets are trained?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.report.words.verdict_cell import VerdictCell, verdict_cell


@dataclass(frozen=True, kw_only=True)
class MatrixSection:
    """A claim judged under every definition: `rows` are (name, a cell for each column)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[VerdictCell, ...]], ...]
    sentence: str


def matrix_section(matrix: Mapping[str, Any] | None) -> MatrixSection | None:
    """Return a matrix, as `verdicts.json` has it, for the page; None where there is none."""
    if not matrix or not matrix.get("rows") or not matrix.get("columns"):
        return None
    columns = tuple(map(str, matrix["columns"]))
    cells = matrix.get("cells", {})
    rows = tuple(
        (str(row), tuple(verdict_cell(cells.get(row, {}).get(column) or {}) for column in matrix["columns"]))
        for row in matrix["rows"]
    )
    return MatrixSection(columns=columns, rows=rows, sentence=_sentence([c for _, r in rows for c in r]))


def _sentence(cells: list[VerdictCell]) -> str:
    counts = Counter(cell.outcome for cell in cells)
    n_judged = len(cells) - counts["not_run"]
    if not n_judged:
        return f"None of the {len(cells)} definitions has records."
    said = f"It holds in {counts['reproduced']} of {_definitions(n_judged)}"
    rest = [f"is {name} in {counts[name]}" for name in ("contradicted", "inconclusive") if counts[name]]
    n_unknown = counts["not_run"]
    unknown = (
        f" {_definitions(n_unknown)} ha{'s' if n_unknown == 1 else 've'} no records." if n_unknown else ""
    )
    return f"{', '.join([said, *rest])}.{unknown}"


def _definitions(n: int) -> str:
    return f"{n} definition{'' if n == 1 else 's'}"


def matrix_rows(suite: str, matrices: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the matrices of a suite for a CSV file, a row for every definition of every claim."""
    return [
        {"suite": suite, "claim": claim, "row": row, "column": column, **cell}
        for claim, matrix in matrices.items()
        for row, cells in matrix.get("cells", {}).items()
        for column, cell in cells.items()
    ]
