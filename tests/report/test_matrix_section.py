"""Matrices of definitions on the page of a suite."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from benchmark.report.pages.matrix_section import matrix_section
from tests.report import synthetic
from tests.report.reports import read, report
from tests.report.tags import Tags


def test_a_matrix_counts_in_how_many_definitions_a_claim_holds(tmp_path: Path) -> None:
    _, folder = synthetic.finished(tmp_path)
    synthetic.put_matrix(
        tmp_path, folder.name, "S1.C1-digits", rows=("top", "trace"), columns=("fixed", "tuned")
    )
    text = " ".join(Tags(report(tmp_path, folder)).text.split())
    assert "It holds in 3 of 3 definitions. 1 definition has no records." in text
    assert "It holds in 3 of 3 definitions" in read(tmp_path, "index.md")
    table = pd.read_csv(tmp_path / "reports" / "latest" / "matrices.csv")
    assert list(table["outcome"]) == ["not_run", *["reproduced"] * 3] and set(table["claim"]) == {
        "S1.C1-digits"
    }


def test_a_matrix_with_holes_is_shown() -> None:
    made = matrix_section(
        {"rows": ["a", "b"], "columns": ["x"], "cells": {"a": {"x": {"outcome": "contradicted"}}}}
    )
    assert made is not None
    assert (
        made.sentence == "It holds in 0 of 1 definition, is contradicted in 1. 1 definition has no records."
    )
    assert matrix_section(None) is None and matrix_section({"rows": []}) is None
