"""Several rows where a figure draws one: refused, with what tells them apart, unless its number aggregates them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.report.figures.drawing import figure_section
from benchmark.report.figures.kinds.against import Panel
from benchmark.report.figures.kinds.heat import Heat
from benchmark.report.figures.kinds.recorded_curves import Curve, Curves
from benchmark.report.figures.kinds.scatter import Dots, Scatter
from benchmark.report.figures.kinds.select import one_of_each, rows_of
from benchmark.report.figures.theme import theme
from benchmark.stats.number import CannotReduce, Number
from tests.mutants import Mutant, red_with
from tests.report.few_records import against, drawn, error, row, said, trace

loss = Number(measure="history", quantity="loss")


@pytest.fixture(autouse=True)
def _themed() -> Iterator[None]:
    with theme():
        yield


def twice(**more: Any) -> list[dict[str, Any]]:
    """Traces of two widths, at each of two learning rates that the figure does not name."""
    return [
        row(f"{width}{lr}{seed}", width * lr, seed=seed, width=width, lr=lr, arm="a", depth=1, **more)
        for width in (1, 2) for lr in (1, 3) for seed in (0, 1)
    ]  # fmt: skip


def of_kinds(number: Number, of_history: Number) -> list[Any]:
    return [
        against(panels=(Panel(number=number, label=""),)),
        Heat(**said, number=number, x="width", y="depth", label=""),
        Curves(**said, x="step", x_label="", panels=(Curve(number=of_history, label=""),)),
    ]


def records() -> list[dict[str, Any]]:
    return twice() + [
        one | {"cells": [f"{i}"]}
        for step in (0, 5)
        for i, one in enumerate(twice(measure="history", quantity="loss", index={"step": step}))
    ]


@pytest.mark.parametrize("place", range(3))
def test_several_rows_of_a_point_leave_the_figure_out_with_the_columns_in_which_they_differ(
    place: int,
) -> None:
    figure = of_kinds(trace, replace(loss, where={"width": 1}))[place]
    section = figure_section("example", figure, pd.DataFrame(records()), Path())
    assert section.svg is None
    assert "rows of " in section.note and "seed=0" in section.note and "where one is drawn" in section.note
    assert "lr=1" in section.note and "lr=3" in section.note and "aggregate" in section.note


@pytest.mark.parametrize("place", range(3))
def test_a_number_with_an_aggregate_is_drawn(place: int) -> None:
    number, of_history = (replace(one, aggregate="mean", where={"width": (1, 2)}) for one in (trace, loss))
    assert drawn(of_kinds(number, of_history)[place], records()).axes


@red_with(Mutant(one_of_each, "number.aggregate).to_numpy", '"mean").to_numpy'))
def test_rows_become_one_as_the_number_says() -> None:
    found = one_of_each(replace(trace, aggregate="max"), pd.DataFrame(twice()), ["seed", "width"])
    assert found[["seed", "width", "value"]].to_numpy().tolist() == [
        [0, 1, 3],
        [1, 1, 3],
        [0, 2, 6],
        [1, 2, 6],
    ]


def test_two_numbers_of_one_network_are_not_one_dot() -> None:
    rows = [row("n", value, quantity=name) for value, name in ((1.0, "first"), (2.0, "second"))]
    rows += [row("n", 0.1, measure="performance", quantity="test_error")]
    dots = Dots(x=trace, y=error, x_label="", y_label="")
    with pytest.raises(CannotReduce, match="at one network .*quantity=first.*quantity=second"):
        drawn(Scatter(**said, panels=(dots,)), rows)
    mean = replace(dots, x=replace(trace, aggregate="mean"))
    (axes,) = drawn(Scatter(**said, panels=(mean,)), rows).axes
    np.testing.assert_allclose(axes.collections[0].get_offsets(), [[1.5, 0.1]])


def test_definitions_that_name_equally_many_options_are_refused_by_name() -> None:
    labels = ("sharpness[m=8]", "sharpness[m=32]")
    rows = [row("n", 1.0, measure="sharpness", label=label) for label in labels]
    with pytest.raises(CannotReduce) as refused:
        rows_of(Number(measure="sharpness"), pd.DataFrame(rows))
    assert refused.value.reason == "ambiguous_rows" and all(label in str(refused.value) for label in labels)
    default = row("n", 2.0, measure="sharpness")
    assert rows_of(Number(measure="sharpness"), pd.DataFrame([*rows, default]))["value"].tolist() == [2.0]


def test_networks_may_have_different_definitions_where_each_has_one() -> None:
    rows = [row(f"n{m}", m, measure="sharpness", label=f"sharpness[m={m}]") for m in (8, 32)]
    assert rows_of(Number(measure="sharpness"), pd.DataFrame(rows))["value"].tolist() == [8, 32]
