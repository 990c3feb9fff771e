"""What verdicts.json says besides verdicts: whether claims hold under other definitions."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest

from benchmark.cli.judge import print_matrices
from benchmark.results import records
from benchmark.results.judgement import judge_suite, matrices
from benchmark.suite.folder import find
from tests import root
from tests.suites.random_records import random_records

folder = find("width", root / "suites")
table = functools.cache(lambda: random_records("width", "ci"))
found = functools.cache(lambda: matrices(table(), folder))


def test_a_matrix_has_a_verdict_for_every_row_and_column() -> None:
    by_claim = {matrix.claim: matrix for matrix in folder.definitions}
    assert set(found()) == {"S3.C1-digits", "S3.C4-digits", "S3.C6-digits"}
    for claim, table in found().items():
        assert (table["rows"], table["columns"]) == (
            list(by_claim[claim].rows),
            list(by_claim[claim].columns),
        )
        for row in table["rows"]:
            assert list(table["cells"][row]) == table["columns"]
            assert all(cell["n"] == 2 for cell in table["cells"][row].values())


def test_definitions_have_units_of_their_own() -> None:
    cells = found()["S3.C4-digits"]["cells"]
    units = {row: {cell["unit"] for cell in by_column.values()} for row, by_column in cells.items()}
    assert units["test error, Frankle"] == {"error"}
    assert units["train loss, Entezari"] == {"nats"}


def test_a_definition_without_records_is_not_run() -> None:
    cells = matrices(table()[~table()["tuned"].isin([True])], folder)["S3.C4-digits"]["cells"]
    outcome = cells["test error, Frankle"]["tuned learning rate"]["outcome"]
    assert outcome == "not_run"
    assert cells["test error, Frankle"]["fixed learning rate"]["outcome"] != "not_run"


def test_verdicts_on_disk_hold_the_matrices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / folder.name).mkdir()
    monkeypatch.setattr(records, "read", lambda path: table())
    judge_suite(folder, tmp_path)
    written = json.loads((tmp_path / folder.name / "verdicts.json").read_text())
    assert written["matrices"] == found()


def test_a_line_says_in_how_many_definitions_a_claim_holds(capsys: pytest.CaptureFixture[str]) -> None:
    rows = {"a": {"x": {"outcome": "reproduced"}, "y": {"outcome": "contradicted"}}}
    print_matrices({"S3.C4": {"cells": rows}})
    print_matrices({"S3.C6": {"cells": {**rows, "b": {"x": {"outcome": "not_run"}}}}})
    assert capsys.readouterr().out.splitlines() == [
        "S3.C4 holds in 1 of 2 definitions",
        "S3.C6 holds in 1 of 2 definitions (1 more have no records)",
    ]
