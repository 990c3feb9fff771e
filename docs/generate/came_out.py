"""What came out of a suite: its claims by the paper's claim that they are analogues of, with words about them.

The words stand in the suite's `findings.md`, a section for each claim of a paper. A section begins with the outcomes
that it is about, and where a published result has others the page is not made: words outlive numbers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.words import wording
from benchmark.report.words.verdict_cell import VerdictCell, verdict_cell
from benchmark.results.published import Published
from benchmark.stats.claim import Claim
from benchmark.suite.folder import SuiteFolder
from docs.generate.suite_figures import is_evidence

file_name = "findings.md"
section = re.compile(
    r"^## (?P<root>\S+)\n+<!-- of:(?P<of>.*?)-->\n*(?P<words>.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """The verdict on one claim in one published result, and whether that is evidence or a regression check."""

    claim: Claim
    published: str
    is_evidence: bool
    cell: VerdictCell

    @property
    def key(self) -> str:
        """Which claim, and where."""
        return f"{self.claim.id} in {self.published}"

    @property
    def told(self) -> str:
        """The outcome, with its reason in a few words where it is not "reproduced"."""
        words = self.cell.few_words
        return f"{self.cell.outcome_text} ({words})" if words else self.cell.outcome_text


def came_out(folder: SuiteFolder, own: Sequence[Published]) -> list[dict[str, Any]]:
    """Return the claims of papers with every verdict on them or on their analogues, those with evidence first.

    Raises:
        ValueError: when words are about other outcomes than the published ones.
    """
    words = findings(folder)
    by_root: dict[str, list[Row]] = {}
    for row in _rows(folder, own):
        by_root.setdefault(row.claim.root, []).append(row)
    groups = [_group(folder, root, rows, words.get(root)) for root, rows in by_root.items()]
    return sorted(groups, key=lambda group: not group["is_evidence"])


def counted(folder: SuiteFolder, known: Sequence[Published]) -> str:
    """Return how many claims came out how in published evidence, those said again at tuned settings aside."""
    own = [one for one in known if folder.name in one.suites]
    rows = [row for row in _rows(folder, own) if row.is_evidence and not row.claim.tuned_of]
    counts = Counter(row.cell.outcome for row in rows)
    return ", ".join(f"{counts[name]} {text}" for name, text in wording.outcomes.items() if counts[name])


def findings(folder: SuiteFolder) -> dict[str, tuple[dict[str, str], str]]:
    """Return the sections of `findings.md` by claim: which outcomes they are about, and the words."""
    path = folder.path / file_name
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return {hit["root"]: (_outcomes(hit["of"]), hit["words"].strip()) for hit in section.finditer(text)}


def evidence(rows: Sequence[Row]) -> dict[str, str]:
    """Return the outcomes of published evidence, by claim and place; a regression check needs no words."""
    return {row.key: row.told for row in rows if row.is_evidence}


def _rows(folder: SuiteFolder, own: Sequence[Published]) -> Iterator[Row]:
    """Yield every verdict that is one; claims about other data or models than have run are passed over."""
    for claim in folder.claims:
        for one in own:
            verdict = one.verdicts.get(folder.name, {}).get(claim.id)
            cell = verdict_cell(verdict, claim) if verdict else None
            if cell and not cell.is_elsewhere:
                is_no_check = is_evidence(one, folder.name)
                yield Row(claim=claim, published=one.name, is_evidence=is_no_check, cell=cell)


def _group(
    folder: SuiteFolder, root: str, rows: list[Row], said: tuple[dict[str, str], str] | None
) -> dict[str, Any]:
    found = evidence(rows)
    if said is not None and said[0] != found:
        raise ValueError(
            f"suites/{folder.name}/{file_name}, {root}: written of {said[0]}, and published is {found}; "
            "read the verdicts again, mend the words, and name the outcomes that they are about"
        )
    paper = next((claim for claim in folder.claims if claim.id == root), rows[0].claim)
    return {
        "root": root,
        "statement": paper.statement,
        "source": paper.source.rstrip("."),
        "paper_value": paper.paper_value,
        "known": wording.evidence_marks[paper.evidence],
        "rows": [_shown(row) for row in sorted(rows, key=lambda row: not row.is_evidence)],
        "words": said[1] if said else "",
        "is_evidence": bool(found),
    }


def _shown(row: Row) -> dict[str, str]:
    return {
        "id": row.claim.id,
        "anchor": anchor(row.claim),
        "statement": row.claim.statement,
        "outcome": row.told,
        "numbers": row.cell.said,
        "n": row.cell.n,
        "published": row.published if row.is_evidence else f"{row.published} (regression check)",
    }


def _outcomes(text: str) -> dict[str, str]:
    """Read `CLAIM in PUBLISHED: outcome`, one a line."""
    pairs = (line.partition(": ") for line in map(str.strip, text.strip().splitlines()) if line)
    return {key: outcome for key, _, outcome in pairs}


def anchor(claim: Claim) -> str:
    """Return the anchor that a heading of this text gets, by Python-Markdown as by GitHub."""
    return re.sub(r"[^\w\s-]", "", claim.id).lower()
