"""Failures in the results are told and turn a check red."""

from __future__ import annotations

from pathlib import Path

from benchmark.results import records
from tests.cli.record import record
from tests.command_line import Lossbench


def test_a_failed_network_or_measure_in_the_results_is_red(lossbench: Lossbench, workspace: Path) -> None:
    table = workspace / "results" / "example" / "records.parquet"
    assert lossbench("check", "--failed") == (0, "", "")
    records.write(table, [record(cells=["a"]), record(cells=["a"], status="diverged")])
    assert lossbench("check", "--failed") == (0, "", "")
    failed = {"status": "failed", "reason": "ValueError: planted"}
    rows = [
        record(cells=["a"], measure="history", label="history", **failed),
        record(cells=["a"], **failed),
        record(cells=["b"], label="m[rho=1]", status="failed", reason="too flat"),
    ]
    records.write(table, rows)
    code, out, err = lossbench("check", "--failed")
    assert (code, out) == (1, "")
    assert err.splitlines() == [
        "lossbench: example: 1 networks and 1 measures failed",
        "  ValueError: planted",
        "  m[rho=1]: too flat",
        "  try again: dvc repro --force --single-item run@example",
    ]
