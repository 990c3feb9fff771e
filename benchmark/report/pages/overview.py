"""What the landing page says first: how the claims came out, by evidence where there is some, and what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.report.figures.headline import Headline
from benchmark.report.pages.board import Board, Group, Known, Row, board
from benchmark.report.pages.columns import Column, latest
from benchmark.report.pages.suite_section import SuiteSection
from benchmark.report.words import wording
from benchmark.report.words.verdict_cell import VerdictCell

most_named = 3  # failed networks


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What came out of a suite's claims: how many how, and the one that leads their order."""

    suite: str
    title: str
    href: str
    counts: str
    lead: Row | None
    cell: VerdictCell | None
    headline: Headline | None


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Networks of a suite that have no number, or not the wanted one, in words."""

    title: str
    href: str
    said: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The landing page.

    Attributes:
        main: the board that stands in front: evidence, and the regression check where there is none.
        regression: the board of the regression check, where it stands behind; None where it is in front, or absent.
        columns: all there are, those of no board among them.
        is_evidence: whether `main` is evidence.
        is_published: whether some of that is published.
    """

    main: Board
    regression: Board | None
    columns: tuple[Column, ...]
    is_evidence: bool
    is_published: bool
    findings: tuple[Finding, ...]
    failed: tuple[Failed, ...]

    @property
    def boards(self) -> tuple[Board, ...]:
        """Both, the one in front first."""
        return (self.main,) if self.regression is None else (self.main, self.regression)


Suites = Sequence[tuple[str, str, Sequence[Known]]]


def overview(
    columns: Sequence[Column],
    suites: Suites,
    sections: Sequence[SuiteSection],
    headlines: Mapping[tuple[str, str], Headline],
) -> Overview:
    """Return the landing page.

    Args:
        columns: all sets of results.
        suites: name, title and claims of those that are here.
        sections: the suites' pages.
        headlines: by column and suite.
    """
    evidence = [one for one in columns if one.is_evidence or (one.name == latest and not one.is_ci)]
    evidence.sort(key=lambda one: one.name == latest)  # what is published stands in front
    check = [one for one in columns if one.is_ci]
    front = board(evidence or check, suites)
    return Overview(
        main=front,
        regression=board(check, suites) if evidence and check else None,
        columns=tuple(columns),
        is_evidence=bool(evidence),
        is_published=any(one.name != latest for one in evidence),
        findings=tuple(finding(group, front.columns, headlines) for group in front.groups if group.rows),
        failed=tuple(_failed(sections)),
    )


def finding(
    group: Group, columns: Sequence[Column], headlines: Mapping[tuple[str, str], Headline]
) -> Finding:
    """Return what came out of a suite: its lead is the first row in their order that repeats no other."""
    counts = Counter(row.first for row in group.rows)
    lead = next((row for row in group.rows if not row.is_tuned and row.first != "not_run"), None)
    said = [f"{counts[name]} {text}" for name, text in wording.outcomes.items() if counts[name]]
    drawn = (headlines.get((column.name, group.suite)) for column in columns)
    return Finding(
        suite=group.suite,
        title=group.title,
        href=group.href,
        counts=", ".join(said),
        lead=lead,
        cell=None if lead is None else next(cell for cell in lead.cells if cell and not cell.is_elsewhere),
        headline=next((one for one in drawn if one is not None), None),
    )


def _failed(sections: Sequence[SuiteSection]) -> Iterator[Failed]:
    """Yield what failed in the latest results, by suite."""
    for section in sections:
        by_status: dict[str, list[str]] = {}
        for row in section.failures.rows:
            cell, of, seed, _, status, _ = (item.text for item in row)
            name = of or cell
            by_status.setdefault(status, []).append(f"{name}, seed {seed}" if seed not in name else name)
        if by_status:
            said = "; ".join(_named(status, names) for status, names in by_status.items())
            yield Failed(title=section.title, href=f"{section.name}.html#failures", said=said)


def _named(status: str, names: Sequence[str]) -> str:
    more = f" and {len(names) - most_named} more" if len(names) > most_named else ""
    return f"{len(names)} {status.replace('_', ' ')} ({'; '.join(names[:most_named])}{more})"
