"""The claims board: what every claim came out as, now and in all that was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.pages.changes import Change, changes, reference_of
from benchmark.report.pages.columns import Column, latest
from benchmark.report.words import wording
from benchmark.report.words.verdict_cell import VerdictCell, outcome_of, verdict_cell


@dataclass(frozen=True, kw_only=True)
class Row:
    """A claim: `cells` has a verdict for each column, or None where the column has none."""

    id: str
    statement: str
    unit: str
    kind: str
    href: str
    cells: tuple[VerdictCell | None, ...]

    @property
    def decided(self) -> tuple[str, ...]:
        """The outcomes that it has somewhere, each once."""
        found = (cell.outcome for cell in self.cells if cell is not None and cell.is_decided)
        return tuple(dict.fromkeys(found))

    @property
    def is_elsewhere(self) -> bool:
        """Whether no column has records that could decide it."""
        return all(cell is None or cell.is_elsewhere for cell in self.cells)

    @property
    def first(self) -> str:
        """The outcome in the first column that has a say."""
        return next((cell.outcome for cell in self.cells if cell is not None), "not_run")

    @property
    def tags(self) -> str:
        """By what a reader may pick the row."""
        return f"{self.first} {self.kind}{' disagree' if len(self.decided) > 1 else ''}"


@dataclass(frozen=True, kw_only=True)
class Group:
    """The claims of a suite; `elsewhere` are those that no column could decide."""

    suite: str
    title: str
    href: str
    rows: tuple[Row, ...]
    elsewhere: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Board:
    """The board; `reference` is the column with which the latest is compared, or ""."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    counts: tuple[tuple[str, str, int], ...]
    reference: str
    changes: tuple[Change, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows that are shown, over all suites."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def n_elsewhere(self) -> int:
        """How many claims no column could decide."""
        return sum(len(group.elsewhere) for group in self.groups)

    @property
    def n_disagree(self) -> int:
        """In how many rows the columns disagree."""
        return sum(len(row.decided) > 1 for row in self.rows)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a suite's page knows of a claim."""

    id: str
    statement: str
    unit: str
    kind: str


def board(columns: Sequence[Column], suites: Sequence[tuple[str, str, Sequence[Known]]]) -> Board:
    """Return the board.

    Args:
        columns: the latest results first, if there are any.
        suites: name, title and claims of those that are here; what was published of others comes after them.
    """
    here = [name for name, _, _ in suites]
    gone = sorted({name for column in columns for name in column.verdicts if name not in here})
    groups = [_group(name, title, known, columns) for name, title, known in suites]
    groups += [_group(name, name, (), columns) for name in gone]
    groups = [group for group in groups if group.rows or group.elsewhere]
    reference = reference_of(columns)
    return Board(
        columns=tuple(columns),
        groups=tuple(groups),
        counts=_counts(groups),
        reference=reference.name if reference else "",
        changes=tuple(changes(columns[0], reference)) if reference else (),
    )


def _counts(groups: Sequence[Group]) -> tuple[tuple[str, str, int], ...]:
    """Return how many of the rows that are shown came out how in the first column that has a say."""
    counts = Counter(row.first for group in groups for row in group.rows)
    return tuple((name, text, counts[name]) for name, text in wording.outcomes.items())


def _group(suite: str, title: str, known: Sequence[Known], columns: Sequence[Column]) -> Group:
    claims = {claim.id: claim for claim in known}
    for column in columns:
        for claim, verdict in column.verdicts.get(suite, {}).items():
            claims.setdefault(claim, _from_verdict(claim, verdict))
    rows = [_row(suite, claim, columns) for claim in claims.values()]
    is_unjudged = [_has_run(suite, columns) and row.cells[0] is None for row in rows]
    shown = [not row.is_elsewhere or unjudged for row, unjudged in zip(rows, is_unjudged, strict=True)]
    return Group(
        suite=suite,
        title=title,
        href=f"{suite}.html" if known else "",
        rows=tuple(row for row, is_shown in zip(rows, shown, strict=True) if is_shown),
        elsewhere=tuple(row for row, is_shown in zip(rows, shown, strict=True) if not is_shown),
    )


def _has_run(suite: str, columns: Sequence[Column]) -> bool:
    """Tell whether the latest results have records of the suite."""
    return bool(columns) and columns[0].name == latest and suite in {o.suite for o in columns[0].origins}


def _from_verdict(claim: str, verdict: Mapping[str, Any]) -> Known:
    kind = "confirmatory" if verdict.get("confirmatory") else "exploratory"
    unit = str(verdict.get("unit") or "")
    return Known(id=claim, statement=str(verdict.get("statement") or ""), unit=unit, kind=kind)


def _row(suite: str, claim: Known, columns: Sequence[Column]) -> Row:
    cells = tuple(_cell(suite, claim.id, column) for column in columns)
    links = [column.link(suite, claim.id) for column in columns if column.name == latest]
    links += [cell.href for cell in cells if cell is not None]
    return Row(
        id=claim.id,
        statement=claim.statement,
        unit=claim.unit,
        kind=claim.kind,
        href=next(iter(links), ""),
        cells=cells,
    )


def _cell(suite: str, claim: str, column: Column) -> VerdictCell | None:
    verdict = column.verdicts.get(suite, {}).get(claim)
    if verdict is None:
        return None
    is_stale = bool(column.stale.get(suite)) and outcome_of(verdict) != "not_run"
    return verdict_cell(verdict, href=column.link(suite, claim), is_stale=is_stale)


def board_rows(made: Board) -> list[dict[str, Any]]:
    """Return the board for a CSV file, a row for every claim in every column that has a verdict on it."""
    return [
        {"suite": suite, "claim": claim, "column": column.name, **_facts(column, suite),
         **{name: verdict.get(name) for name in
            ("outcome", "reason", "effect", "low", "high", "unit", "p_adjusted", "n", "n_failed")}}
        for column in made.columns for suite, verdicts in column.verdicts.items()
        for claim, verdict in verdicts.items()
    ]  # fmt: skip


def _facts(column: Column, suite: str) -> dict[str, Any]:
    origin = next((origin for origin in column.origins if origin.suite == suite), None)
    names = ("profile", "hardware", "date", "commit")
    return {
        **{name: getattr(origin, name, "") for name in names},
        "published": column.made,
        "stale": "; ".join(column.stale.get(suite, ())),
        "platform_checked": column.is_checked,
    }
