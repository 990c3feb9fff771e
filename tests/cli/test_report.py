"""The report: of nothing, and without verdicts."""

from __future__ import annotations

from pathlib import Path

from benchmark.results import records
from tests.cli.record import record
from tests.command_line import Lossbench


def test_a_report_of_nothing_is_not_published(lossbench: Lossbench) -> None:
    lossbench("report")
    code, _, err = lossbench("publish", "x", "--why", "y")
    assert code == 2
    assert "holds no records to publish; run first: lossbench run SUITE" in err


def test_a_report_without_verdicts_says_how_they_are_made(lossbench: Lossbench, workspace: Path) -> None:
    records.write(workspace / "results/example/records.parquet", [record()])
    assert "without verdicts: example; next: lossbench judge example" in lossbench("report")[1]
