"""Matrices of definitions: one rule for every cell, and cells without records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmark.stats.claim import Claim, Leg, Scope
from benchmark.stats.matrix import DefinitionMatrix, judge_matrices, n_judged
from benchmark.stats.reduce import difference
from benchmark.stats.table import Effect, greater

measures, arms, n_seeds = ("trace", "lambda", "sam"), ("fixed", "tuned"), 10


def leg(measure: str) -> Leg:
    return greater(difference(measure, factor="batch", first="max", second="min"), Effect(0.5, "nats"))


claim = Claim(
    id="T.C1",
    statement="large batches are sharper",
    source="a paper",
    scope=Scope(data=("Digits",)),
    population={"arm": "fixed"},
    legs=(leg("trace"),),
)


matrix = DefinitionMatrix(
    claim="T.C1",
    rows={measure: (leg(measure),) for measure in measures},
    columns={arm: {"arm": arm} for arm in arms},
)


def records(effects: dict[tuple[str, str], float], *, noise: float = 0.01, seed: int = 0) -> pd.DataFrame:
    """Numbers of large and small batches that differ by `effects[measure, arm]` and noise."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "label": measure, "measure": measure, "options": "{}", "quantity": "value", "index": "", "arm": arm,
            "data": "Digits", "model": "MLP", "profile": "ci", "batch": batch, "seed": number, "status": "done",
            "positive": True, "cells": [f"{arm}-{batch}"],
            "value": effect * (batch == 500) + noise * draw.standard_normal(),
        }
        for (measure, arm), effect in effects.items() for batch in (8, 500) for number in range(n_seeds)
    )  # fmt: skip


def outcomes(frame: pd.DataFrame) -> dict[tuple[str, str], str]:
    cells = judge_matrices(frame, [claim], [matrix])["T.C1"]
    return {(row, column): verdict.outcome for row, by in cells.items() for column, verdict in by.items()}


def test_every_definition_is_judged_on_its_own_records() -> None:
    effects = {
        ("trace", "fixed"): 1.0,
        ("trace", "tuned"): -1.0,
        ("lambda", "fixed"): 0.0,
        ("sam", "tuned"): 2.0,
    }
    assert outcomes(records(effects)) == {
        ("trace", "fixed"): "reproduced", ("trace", "tuned"): "contradicted",
        ("lambda", "fixed"): "contradicted", ("lambda", "tuned"): "not_run",
        ("sam", "fixed"): "not_run", ("sam", "tuned"): "reproduced",
    }  # fmt: skip


def test_cells_that_could_be_judged_are_counted() -> None:
    frame = records({("trace", "fixed"): 1.0, ("sam", "tuned"): 1.0})
    assert n_judged(judge_matrices(frame, [claim], [matrix])["T.C1"]) == 2


def test_a_cell_without_records_says_why() -> None:
    frame = records({("trace", "fixed"): 1.0})
    cells = judge_matrices(frame, [claim], [matrix])["T.C1"]
    assert (cells["sam"]["fixed"].reason, cells["trace"]["tuned"].reason) == ("data_missing", "out_of_scope")
    elsewhere = judge_matrices(frame.assign(data="CIFAR10"), [claim], [matrix])["T.C1"]
    assert elsewhere["trace"]["fixed"].reason == "out_of_scope"


def test_a_cell_is_judged_as_an_exploratory_claim() -> None:
    cells = matrix.claims(claim)
    assert list(cells) == [(row, column) for row in measures for column in arms]
    assert not any(cell.corrected for cell in cells.values())
    assert len({cell.id for cell in cells.values()}) == len(cells)
    assert cells["sam", "tuned"].population == {"arm": "tuned"}
    assert cells["sam", "tuned"].scope == claim.scope


def test_a_cell_has_the_whole_rule_of_its_definition() -> None:
    correlation = difference("sam", factor="batch", first="min", second="max")
    first = Leg(reduce=correlation, direction="less", smallest_effect=0.2, unit="rho", bounds=(-1, 1))
    one = DefinitionMatrix(claim="T.C1", rows={"x": (first, leg("trace"))}, columns={"y": {"arm": "tuned"}})
    (cell,) = one.claims(claim).values()
    assert cell.legs == (first, leg("trace"))


def test_a_definition_of_several_legs_holds_if_all_do() -> None:
    both = DefinitionMatrix(
        claim="T.C1", rows={"both": (leg("trace"), leg("sam"))}, columns={"fixed": {"arm": "fixed"}}
    )

    def outcome(sam: float) -> str:
        frame = records({("trace", "fixed"): 1.0, ("sam", "fixed"): sam})
        return judge_matrices(frame, [claim], [both])["T.C1"]["both"]["fixed"].outcome

    assert (outcome(1.0), outcome(-1.0)) == ("reproduced", "contradicted")


def test_where_nothing_differs_few_cells_are_shown() -> None:
    """One-sided at 0.05, and never below the smallest effect; of 240 cells 12 are expected."""
    nothing = {(measure, arm): 0.0 for measure in measures for arm in arms}
    n_shown = sum(
        list(outcomes(records(nothing, noise=3.0, seed=seed)).values()).count("reproduced")
        for seed in range(40)
    )
    assert 2 <= n_shown <= 24


def test_a_matrix_is_about_a_claim_of_the_suite_and_each_claim_has_one() -> None:
    frame = records({("trace", "fixed"): 1.0})
    with pytest.raises(ValueError, match=r"'T.C1' is in a matrix, and no claim"):
        judge_matrices(frame, [], [matrix])
    with pytest.raises(ValueError, match=r"'T.C1' is in two matrices"):
        judge_matrices(frame, [claim], [matrix, matrix])
    with pytest.raises(ValueError, match=r"the matrix is about T.C2, not about T.C1"):
        DefinitionMatrix(claim="T.C2", rows=matrix.rows, columns=matrix.columns).claims(claim)


@pytest.mark.parametrize("name", ["rows", "columns"])
def test_a_matrix_has_rows_and_columns(name: str) -> None:
    fields: dict[str, Any] = {"rows": matrix.rows, "columns": matrix.columns, name: {}}
    with pytest.raises(ValueError, match=rf"T.C1.*{name} is empty"):
        DefinitionMatrix(claim="T.C1", **fields)
