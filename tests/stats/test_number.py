"""Numbers of a table: which rows they are, and what is said where those are none or several."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from benchmark.stats.number import CannotReduce, Number
from benchmark.stats.reduce import (
    difference,
    value,
)
from tests.stats.few_rows import TRACE, reduced, refusal, rows


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_texts_are_read_whatever_pandas_calls_them_and_missing_ones_match_nothing(dtype: str) -> None:
    unlabelled = TRACE.assign(label=None, value=99.0)
    frame = pd.concat([TRACE, unlabelled], ignore_index=True).astype({"label": dtype, "status": dtype})
    assert Number(measure="trace", where={"batch": 8}).fixed(frame).read(frame) == 2


def test_a_number_can_be_one_quantity_at_one_point_of_a_curve() -> None:
    points = [
        rows("line", {0: number}, index=json.dumps({"alpha": alpha}))
        for alpha, number in ((0.0, 1.0), (0.5, 2.0))
    ]
    frame = pd.concat([*points, rows("line", {0: 9.0}, quantity="barrier")])
    assert reduced(value(Number(measure="line", index={"alpha": 0.5})), frame) == 2
    assert reduced(value(Number(measure="line", quantity="barrier"), minus=0.5), frame) == 8.5


def options(label: str, number: float, **values: Any) -> pd.DataFrame:
    return rows(label, {0: number}).assign(measure=label.split("[")[0], options=json.dumps(values))


SAM = pd.concat([options("sam", 1.0, rho=0.05, p=2), options("sam[rho=0.1]", 2.0, rho=0.1, p=2)])


def test_options_tell_the_labels_of_a_family_apart() -> None:
    assert reduced(value("sam"), SAM) == 1
    assert reduced(value("sam[rho=0.1]"), SAM) == 2
    assert reduced(value(Number(measure="sam", options={"rho": 0.05})), SAM) == 1
    assert reduced(value(Number(measure="sam", options={"rho": 0.1})), SAM) == 2
    assert refusal(value(Number(measure="sam", options={"p": 2})), SAM).reason == "ambiguous_rows"
    assert refusal(value(Number(measure="sam", options={"rho": 9})), SAM).reason == "data_missing"
    assert refusal(value("sma"), SAM).reason == "data_missing"


def test_a_family_with_one_label_needs_no_options() -> None:
    assert reduced(value("sam"), SAM.iloc[1:]) == 2


def test_a_seed_without_the_label_is_never_read_under_another() -> None:
    fixed = value("sam").fixed(SAM)
    with pytest.raises(CannotReduce, match="no row of sam"):
        fixed(SAM.iloc[1:])


def test_several_rows_are_an_error_that_names_them() -> None:
    frame = pd.concat([TRACE, TRACE.assign(lr=0.1)])
    error = refusal(difference("trace", factor="batch", first="max", second="min"), frame)
    assert error.reason == "ambiguous_rows"
    assert "lr=0.1" in str(error)


def test_several_rows_are_aggregated_where_the_claim_says_how() -> None:
    frame = pd.concat([TRACE, TRACE.assign(value=TRACE["value"] + 2)])
    assert (
        reduced(
            difference(Number(measure="trace", aggregate="mean"), factor="batch", first=128, second=8), frame
        )
        == 6
    )
    assert reduced(value(Number(measure="trace", aggregate="max")), frame) == 10


def test_a_number_can_be_that_at_the_end_of_a_factor() -> None:
    assert reduced(value(Number(measure="trace", where={"batch": "max"})), TRACE) == 8
    assert reduced(value(Number(measure="trace", where={"batch": "min"})), TRACE) == 2


def test_the_end_of_a_factor_is_that_of_all_seeds() -> None:
    two_seeds = pd.concat([TRACE, TRACE[TRACE["batch"] < 128].assign(seed=1)])
    largest = value(Number(measure="trace", where={"batch": "max"})).fixed(two_seeds)
    with pytest.raises(CannotReduce, match=r"no row of trace at batch=128"):
        largest(two_seeds[two_seeds["seed"] == 1])


def test_the_end_of_a_factor_is_sought_where_the_rest_of_the_number_is() -> None:
    frame = pd.concat([TRACE.assign(arm="a"), rows("trace", {512: 1.0}, arm="b")])
    assert reduced(value(Number(measure="trace", where={"batch": "max", "arm": "a"})), frame) == 8


def test_a_factor_that_no_row_says_has_no_end() -> None:
    frame = TRACE.assign(batch=None)
    assert refusal(value(Number(measure="trace", where={"batch": "max"})), frame).reason == "data_missing"


def test_rows_that_are_too_many_are_told_by_the_columns_in_which_they_differ() -> None:
    columns = {
        "seed": 0,
        "label": "m",
        "quantity": "value",
        "index": "",
        "status": "done",
        "value": [1.0, 2.0],
    }
    frame = pd.DataFrame({**columns, "factors": ['{"lr":0.1}', '{"lr":0.2}'], "lr": [0.1, 0.2], "epochs": 20})
    assert "where one is compared: (lr=0.1); (lr=0.2); narrow" in str(refusal(value("m"), frame))
    alike = frame.drop(columns=["factors", "lr"])
    assert "they differ in no column but the value, so that one is there twice" in str(
        refusal(value("m"), alike)
    )
