"""The claims board: what every claim came out as, now and in all that was published."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.pages.changes import Change, changes, other_settings, reference_of
from benchmark.report.pages.columns import Column, latest
from benchmark.report.pages.tally import Tried, tallies
from benchmark.report.words import wording
from benchmark.report.words.ranking import Rank, rank
from benchmark.report.words.verdict_cell import VerdictCell, outcome_of, verdict_cell
from benchmark.stats.claim import Claim


@dataclass(frozen=True, kw_only=True)
class Row:
    """A claim: `cells` has a verdict for each column, or None where the column has none.

    Attributes:
        rank: by which rows are sorted, see `words.ranking`, of the first column that has a say.
        tried: on how many data sets and architectures the claim and its analogues came out how.
        is_tuned: whether it says another one again, at tuned hyperparameters.
    """

    id: str
    statement: str
    unit: str
    kind: str
    href: str
    cells: tuple[VerdictCell | None, ...]
    rank: Rank
    tried: tuple[Tried, ...]
    is_tuned: bool

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
        return next(
            (cell.outcome for cell in self.cells if cell is not None and not cell.is_elsewhere), "not_run"
        )

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
    """The board; `reference` is the column with which the latest is compared, or "".

    `uncompared` names by suite the settings that differ between these two, so that nothing is called changed.
    """

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    counts: tuple[tuple[str, str, int], ...]
    reference: str
    changes: tuple[Change, ...]
    uncompared: Mapping[str, tuple[str, ...]]

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
    claim: Claim | None = None


def board(columns: Sequence[Column], suites: Sequence[tuple[str, str, Sequence[Known]]]) -> Board:
    """Return the board.

    Args:
        columns: from left to right.
        suites: name, title and claims of those that are here; what was published of others comes after them.
    """
    here = [name for name, _, _ in suites]
    gone = sorted({name for column in columns for name in column.verdicts if name not in here})
    groups = [_group(name, title, known, columns) for name, title, known in suites]
    groups += [_group(name, name, (), columns) for name in gone]
    groups = [group for group in groups if group.rows or group.elsewhere]
    now = next((column for column in columns if column.name == latest), None)
    reference = reference_of(columns)
    return Board(
        columns=tuple(columns),
        groups=tuple(groups),
        counts=_counts(groups),
        reference=reference.name if reference else "",
        changes=tuple(changes(now, reference)) if now and reference else (),
        uncompared=other_settings(now, reference) if now and reference else {},
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
    tried = tallies(suite, (one.claim for one in claims.values() if one.claim), columns)
    rows = sorted((_row(suite, claim, columns, tried) for claim in claims.values()), key=lambda row: row.rank)
    place = _place_of_latest(suite, columns)
    return Group(
        suite=suite,
        title=title,
        href=f"{suite}.html" if known else "",
        rows=tuple(row for row in rows if _is_shown(row, place)),
        elsewhere=tuple(row for row in rows if not _is_shown(row, place)),
    )


def _place_of_latest(suite: str, columns: Sequence[Column]) -> int | None:
    """Return which column is the latest results, where those have records of the suite; None where not."""
    ran = (
        place
        for place, column in enumerate(columns)
        if column.name == latest and suite in {origin.suite for origin in column.origins}
    )
    return next(ran, None)


def _is_shown(row: Row, latest_place: int | None) -> bool:
    """Tell whether a column says something of a claim, or could, once it is judged."""
    return not row.is_elsewhere or (latest_place is not None and row.cells[latest_place] is None)


def _from_verdict(claim: str, verdict: Mapping[str, Any]) -> Known:
    kind = "confirmatory" if verdict.get("confirmatory") else "exploratory"
    unit = str(verdict.get("unit") or "")
    return Known(id=claim, statement=str(verdict.get("statement") or ""), unit=unit, kind=kind)


def _row(suite: str, claim: Known, columns: Sequence[Column], tried: Mapping[str, tuple[Tried, ...]]) -> Row:
    cells = tuple(_cell(suite, claim, column) for column in columns)
    links = [column.link(suite, claim.id) for column in columns if column.name == latest]
    links += [cell.href for cell in cells if cell is not None]
    judged = [column.verdicts.get(suite, {}).get(claim.id) or {} for column in columns]
    return Row(
        id=claim.id,
        statement=claim.statement,
        unit=claim.unit,
        kind=claim.kind,
        href=next(iter(links), ""),
        cells=cells,
        rank=rank(next(filter(_has_a_say, judged), {}), claim.claim),
        tried=tried.get(claim.claim.root, ()) if claim.claim else (),
        is_tuned=claim.claim is not None and bool(claim.claim.tuned_of),
    )


def _has_a_say(verdict: Mapping[str, Any]) -> bool:
    return bool(verdict) and verdict.get("reason") != "out_of_scope"


def _cell(suite: str, claim: Known, column: Column) -> VerdictCell | None:
    verdict = column.verdicts.get(suite, {}).get(claim.id)
    if verdict is None:
        return None
    is_stale = bool(column.stale.get(suite)) and outcome_of(verdict) != "not_run"
    return verdict_cell(verdict, claim.claim, href=column.link(suite, claim.id), is_stale=is_stale)
