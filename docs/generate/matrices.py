"""The definition matrices of a claim, as tables: does it hold under every definition?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.report.words import markdown, wording
from benchmark.results.published import Published
from benchmark.stats.claim import Claim
from benchmark.suite.folder import SuiteFolder


def matrices_of(claim: Claim, folder: SuiteFolder, own: Sequence[Published]) -> list[dict[str, str]]:
    """Return name and table of the published matrices of a claim; none where the suite varies no definition."""
    found = [(one.name, one.matrices.get(folder.name, {}).get(claim.id)) for one in own]
    return [{"name": name, "table": _table(matrix)} for name, matrix in found if matrix]


def _table(matrix: Mapping[str, Any]) -> str:
    """Return rows by columns as Markdown, indented to stand inside a list."""
    columns = [markdown.escape(column) for column in matrix["columns"]]
    lines = [f"|  | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for row in matrix["rows"]:
        cells = [_outcome(matrix["cells"][row][column]) for column in matrix["columns"]]
        lines.append(f"| {markdown.escape(row)} | {' | '.join(cells)} |")
    return "\n".join(f"    {line}" for line in lines)


def _outcome(cell: Mapping[str, Any]) -> str:
    return wording.outcomes[cell["outcome"]]
