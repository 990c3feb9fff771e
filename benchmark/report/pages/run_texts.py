"""How one suite's run went, in words for the places of its report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmark.report.pages.claim_section import ClaimSection, again
from benchmark.report.pages.clocks import is_known, run_lines
from benchmark.report.pages.provenance_section import commit_in_words, summary
from benchmark.report.words.cost import cost_in_words
from benchmark.report.words.html_table import Table, table
from benchmark.report.words.numbers import duration, moment
from benchmark.report.words.origin import commit_of, day_of


def run_texts(
    suite: str, clock: str, told: Mapping[str, Any], claims: Sequence[ClaimSection]
) -> dict[str, str]:
    """Return the texts by id of their place; none where it is not known how the run went.

    Args:
        suite: its name.
        clock: what the ids begin with.
        told: provenance and invocation of the run, as one.
        claims: of the suite.
    """
    if not is_known(told):
        return {}
    lines = dict(zip(run_lines, _lines(told), strict=True))
    general = {
        "summary": summary(told),
        "day": day_of(told.get("started")),
        "sha": commit_of(told.get("git") or {}),
    }
    of_claims = dict(_of_claims(suite, told, claims))
    return {f"{clock}-{name}": text for name, text in (lines | general | of_claims).items()}


def runs_table(told: Mapping[str, Mapping[str, Any]]) -> Table:
    """Return how the runs of several suites went, from the provenance of each."""
    rows = [(suite, *_lines(provenance)) for suite, provenance in told.items()]
    return table("How the runs went", ("suite", *run_lines), rows)


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield str(told.get("command") or "")
    yield commit_in_words(told.get("git") or {})
    yield moment("" if told.get("started") is None else told["started"])
    yield duration(told.get("seconds"))
    yield str((told.get("machine") or {}).get("n_cpus") or "")


def _of_claims(
    suite: str, told: Mapping[str, Any], claims: Sequence[ClaimSection]
) -> Iterator[tuple[str, str]]:
    for claim in claims:
        command = str(told.get("command") or f"lossbench run {suite}")
        yield f"again-{claim.anchor}", again(command, suite, is_tuned=claim.is_tuned)
        if claim.cells:
            yield f"cost-{claim.anchor}", cost_in_words(claim.cells, told)
