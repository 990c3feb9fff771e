"""Networks without a number are named in the figures that would show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from markupsafe import Markup

from benchmark.report.figures.drawing import FigureSection
from benchmark.report.pages import missing_networks
from benchmark.report.pages.arm_tables import factors_of
from benchmark.report.pages.missing_networks import with_missing
from benchmark.results import records
from tests.mutants import Mutant, red_with
from tests.report import synthetic

figure = FigureSection(
    name="a", anchor="a", title="A", caption="A caption.", svg=Markup("<svg/>"),
    measures=frozenset({"hessian_extremes", "hessian_trace"}),
)  # fmt: skip


one = " Missing: 1 network (arm matched_loss, batch size 128, seed 7, diverged)."
cases: tuple[tuple[dict[str, Any], set[str], str], ...] = (
    ({"arm": "matched_loss"}, {"hessian_extremes"}, one),
    ({"arm": ("matched_loss", "other")}, {"hessian_extremes", "hessian_trace"}, one),
    ({"arm": "equal_epochs"}, {"hessian_extremes"}, ""),
    ({"no_such_column": 1}, {"hessian_extremes"}, ""),
    ({}, {"two_model_line"}, ""),
)


@red_with(
    Mutant(missing_networks.with_missing, ".map(tuple).duplicated()", ".map(len).eq(9)"),
    Mutant(missing_networks.with_missing, "isin(section.measures)", "notna()"),
    Mutant(missing_networks.with_missing, "gone[column].isin(levels)", "gone[column].notna()"),
)
def test_a_caption_names_the_networks_that_have_no_number(tmp_path: Path) -> None:
    records.write(tmp_path / "records.parquet", synthetic.rows())
    table = records.quick(records.read(tmp_path / "records.parquet"))
    for where, measures, said in cases:
        drawn = replace(figure, measures=frozenset(measures))
        assert with_missing(drawn, where, table, factors_of(table)).caption == f"A caption.{said}"
        hole = replace(drawn, svg=None)
        assert with_missing(hole, where, table, factors_of(table)).caption == "A caption."
