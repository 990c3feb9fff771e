"""Which networks a figure would show, had they a number: said in its caption, so that no gap looks like a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from benchmark.report.figures.drawing import FigureSection
from benchmark.report.pages.arm_tables import level, short, varied

most_named = 3


def with_missing(
    section: FigureSection, where: Mapping[str, Any], records: pd.DataFrame, among: list[str]
) -> FigureSection:
    """Return a figure whose caption names the networks of its rows that have no number.

    Args:
        section: the figure; one that is not drawn says why as it is.
        where: levels of columns, to which it is confined.
        records: of its suite.
        among: the factors that tell networks apart.
    """
    if not section.svg:
        return section
    gone = records[
        records["value"].isna() & (records["status"] != "done") & records["measure"].isin(section.measures)
    ]
    for column, wanted in where.items():
        levels = list(wanted) if isinstance(wanted, (tuple, list)) else [wanted]
        if not callable(wanted):
            gone = gone[gone[column].isin(levels)] if column in gone else gone.iloc[:0]
    gone = gone[~gone["cells"].map(tuple).duplicated()]
    if gone.empty:
        return section
    factors = varied(records, among)
    names = [_name(row, factors) for _, row in gone.iterrows()]
    more = f"; and {len(names) - most_named} more" if len(names) > most_named else ""
    what = "1 network" if len(names) == 1 else f"{len(names)} networks or pairs"
    return replace(
        section, caption=f"{section.caption} Missing: {what} ({'; '.join(names[:most_named])}{more})."
    )


def _name(row: pd.Series[Any], factors: list[str]) -> str:
    known = [f"{short(factor)} {level(row[factor])}" for factor in factors if pd.notna(row[factor])]
    return ", ".join([*known, f"seed {row['seed']}", str(row["status"]).replace("_", " ")])
