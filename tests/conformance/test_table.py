"""Every line of docs/conformance.md, measured again."""

from __future__ import annotations

import pytest

from tests.conformance.rows import Agreement, Difference
from tests.conformance.table import agreement_line, difference_line, foot, head, page, rows

agreements = [row for row in rows() if isinstance(row, Agreement)]
differences = [row for row in rows() if isinstance(row, Difference)]


def name(row: Agreement | Difference) -> str:
    return f"{row.tool}: {row.quantity}"


@pytest.mark.parametrize("row", agreements, ids=name)
def test_tools_agree_where_the_page_says_so(row: Agreement) -> None:
    assert row.measured() <= row.bound
    assert agreement_line(row) in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", differences, ids=name)
def test_tools_differ_by_what_the_page_says(row: Difference) -> None:
    before, after = difference_line(row, "\0").split("\0")
    lines = page.read_text(encoding="utf-8").splitlines()
    written = [line for line in lines if line.startswith(before) and line.endswith(after)]
    assert len(written) == 1, "run: python -m tests.conformance.table"
    assert row.agrees(written[0].removeprefix(before).removesuffix(after))


def test_the_page_has_no_other_lines() -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(head) and text.endswith(foot)
    lines = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| tool")]
    assert len(lines) == len(rows()) + 2  # two rules under heads


def test_a_number_agrees_up_to_its_rounding_only() -> None:
    row = Difference(
        tool="", quantity="", theirs="", ours="", why="", measured=lambda: 0.314, wording="up to {:.2g} times"
    )
    assert row.agrees("up to 0.31 times")
    assert not row.agrees("up to 0.33 times")
    assert not row.agrees("0.31")
