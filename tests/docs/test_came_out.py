"""What the guide says of a suite's outcomes: evidence first, by the paper's claim, with words that fit the verdicts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.results.published import Published, published
from benchmark.store.workspace import Workspace
from benchmark.suite.folder import SuiteFolder, find
from docs.generate import came_out
from docs.generate.came_out import file_name
from tests import root
from tests.mutants import Mutant, red_with


@pytest.fixture
def suite(tmp_path: Path) -> SuiteFolder:
    """A copy of a suite without words about it."""
    for part in ("suite.py", "claims.py", "figures.py"):
        place = tmp_path / "width" / part
        place.parent.mkdir(exist_ok=True)
        place.write_bytes((root / "suites/width" / part).read_bytes())
    return find("width", tmp_path)


def as_evidence(one: Published) -> Published:
    """Return a published result as one of another profile."""
    return replace(one, name="mine", provenance={"width": {**one.provenance["width"], "profile": "small"}})


@pytest.fixture
def known() -> list[Published]:
    baseline = next(one for one in published(Workspace(root)) if one.name == "baseline")
    return [baseline, as_evidence(baseline)]


def test_analogues_stand_below_the_papers_claim_and_evidence_before_checks(
    suite: SuiteFolder, known: list[Published]
) -> None:
    groups = {group["root"]: group for group in came_out.came_out(suite, known)}
    assert groups["S3.C1"]["statement"] == next(c.statement for c in suite.claims if c.id == "S3.C1")
    places = [row["published"] for row in groups["S3.C1"]["rows"]]
    assert set(places) == {"mine", "baseline (regression check)"} and places == sorted(places, reverse=True)
    assert not any(group["is_evidence"] for group in came_out.came_out(suite, known[:1]))


def words(suite: SuiteFolder, text: str) -> None:
    (suite.path / file_name).write_text(text)


@red_with(Mutant(came_out._group, "said[0] != found", "False"))
def test_words_about_other_outcomes_stop_the_page(suite: SuiteFolder, known: list[Published]) -> None:
    of = "S3.C8-digits in mine: contradicted (opposite sign)"
    words(suite, f"# Findings\n\n## S3.C8\n\n<!-- of:\n{of}\n-->\n\nNo peak.\n\n## S3.C3\n\n<!-- of: -->\n")
    told = ""
    try:
        came_out.came_out(suite, known)
    except ValueError as error:  # of S3.C3, whose words are about nothing
        told = str(error)
    assert "findings.md, S3.C3" in told
    words(suite, f"## S3.C8\n\n<!-- of:\n{of}\n-->\n\nNo peak.\n")
    said = {group["root"]: group["words"] for group in came_out.came_out(suite, known)}
    assert said["S3.C8"] == "No peak." and said["S3.C3"] == ""
