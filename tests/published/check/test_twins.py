"""Twins: a network trained again from weights one rounding apart, and what the command says of it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from benchmark.cells.data.digits import Digits
from benchmark.cells.data.task import classification
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.twin import nudge
from benchmark.published.check.twins import Twin, Twins, largest_deviations, share_of_rounding
from benchmark.report.words.rounding import in_words, of_claim, of_this_code
from benchmark.store.identity import numerics
from tests.command_line import Lossbench
from tests.mutants import Mutant, red_with
from tests.published.check.tables import row

here = Path(__file__).parent / "twin_suite"
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace, whose store the tests share."""
    root = tmp_path_factory.mktemp("twins")
    (root / "params.yaml").write_text("profile: ci\n")
    return root


@pytest.fixture
def check(forked: None, project: Path, lossbench: Lossbench, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command line in the project with one worker; gives exit code and standard output."""
    monkeypatch.chdir(project)

    def call(*words: str) -> tuple[int, str]:
        code, out, _ = lossbench(*words, "-j", "1")
        return code, out

    return call


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_every_weight_moves_by_one_rounding_and_zeros_stay(dtype: torch.dtype) -> None:
    module = MLP(width=8, depth=2).build(classification(input_shape=(6,), n_outputs=3)).to(dtype)
    before = {name: weight.detach().clone() for name, weight in module.named_parameters()}
    nudge(module, 3)
    ups = 0
    for name, weight in module.named_parameters():
        old, new = before[name], weight.detach()
        assert torch.equal(new[old == 0], old[old == 0])
        relative = ((new - old) / old)[old != 0].abs() / torch.finfo(dtype).eps
        assert ((relative > 0.4) & (relative < 2.1)).all(), name  # one unit in the last place, or two
        ups += int((new.abs() > old.abs()).sum())
    assert 0.3 < ups / sum(int((old != 0).sum()) for old in before.values()) < 0.7


def test_a_twin_has_a_place_of_its_own_in_the_store() -> None:
    assert numerics("cpu", twin=True) == {**numerics("cpu"), "twin": True}


def test_the_share_of_rounding_is_found_where_it_was_planted() -> None:
    draw = np.random.default_rng(0)
    truth = draw.normal(size=4000)
    values, moved = (truth + 0.5 * draw.normal(size=4000) for _ in range(2))
    assert share_of_rounding(values, moved) == pytest.approx(0.5 / math.sqrt(1.25), rel=0.03)
    assert share_of_rounding(truth, truth) == 0
    assert share_of_rounding([1.0, 1.0], [1.0, 2.0]) == 1
    assert math.isnan(share_of_rounding([1.0, math.nan], [1.0, 2.0]))


@red_with(Mutant(share_of_rounding, ", smallest_effect)", ", 0.0)"))
def test_of_an_identity_the_share_is_that_of_its_smallest_effect() -> None:
    assert share_of_rounding([1e-17, 2e-17], [2e-17, 1e-17], 1e-3) < 1e-13


@pytest.mark.parametrize(
    ("moved", "passes"), [(2e-8, True), (3e-4, False), (math.inf, False), (math.nan, False)]
)
def test_a_measure_that_branches_is_red_though_every_cell_agrees(moved: float, passes: bool) -> None:
    cell = Twin(key="k", name="n", distance=1e-15, n_steps=5, twin_steps=5, status="done", twin_status="done")
    found = Twins(
        suite="s", profile="ci", precision="float64", code="c", seeds=(0,), cells=(cell,), claims={},
        measures={"keskar_sharpness": moved, "weight_norm": 1e-15},
    )  # fmt: skip
    assert found.passes is passes
    assert list(found.measures_apart) == ([] if passes else ["keskar_sharpness"])
    assert replace(found, precision="float32").passes


@pytest.mark.slow
def test_a_cell_that_amplifies_rounding_is_named_with_the_gate_that_fits(check: Run, project: Path) -> None:
    code, out = check("check", str(here), "--twins")
    assert code == 1
    assert "2 cells and their twins, float64" in out
    assert "1 amplify rounding" in out
    row = next(line for line in out.splitlines() if line.strip().startswith("depth=4"))
    assert float(row.split()[2]) > 1e-8
    assert not [line for line in out.splitlines() if line.strip().startswith("depth=1")]
    assert "lossbench compare" in out


@pytest.mark.slow
def test_cells_that_forget_a_rounding_pass(check: Run, project: Path) -> None:
    code, out = check("check", str(here), "--twins", "--set", "depths=[1]")
    assert code == 0, out
    assert "none amplifies rounding" in out
    written = json.loads(Path(out.split("written: ")[1].split(";")[0].strip()).read_text())
    assert written["cells"][0]["distance"] < 1e-14
    assert written["cells"][0]["n_steps"] == written["cells"][0]["twin_steps"] == 500


@pytest.mark.slow
def test_in_single_precision_the_share_of_every_claim_is_told_and_nothing_is_red(check: Run) -> None:
    code, out = check("check", str(here), "--twins", "--profile", "small")
    assert code == 0
    assert "float32" in out
    row = next(line for line in out.splitlines() if line.strip().startswith("T.C1"))
    assert "%" in row


@pytest.mark.slow
def test_twins_stand_beside_tables_of_the_same_code_and_in_the_report(check: Run, project: Path) -> None:
    assert check("run", str(here), "--no-tracking", "--set", "depths=[1]", "--results", "results-own")[0] == 0
    code, out = check("check", str(here), "--twins", "--set", "depths=[1]", "--results", "results-own")
    assert code == 0
    assert f"written: {Path('results-own') / 'twin_suite' / 'twins.json'}" in out
    code, out = check("check", str(here), "--twins", "--set", "depths=[2]", "--results", "results-own")
    assert code == 0
    assert "results-own" not in out  # those are twins of other cells than the tables hold


@pytest.mark.slow
def test_ci_is_computed_in_double_precision(
    check: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOSSBENCH_RUNS", str(tmp_path))
    words = ("--no-tracking", "--set", "depths=[1]", "--results", str(tmp_path / "tables"))
    assert check("run", str(here), *words)[0] == 0
    found = [load_file(path) for path in tmp_path.rglob("weights.safetensors")]
    assert {weight.dtype for weights in found for weight in weights.values()} == {torch.float64}


def test_data_have_the_default_precision() -> None:
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        double = Digits(n_train=50).load().train.inputs
    finally:
        torch.set_default_dtype(before)
    single = Digits(n_train=50).load().train.inputs
    assert (double.dtype, single.dtype) == (torch.float64, torch.float32)
    assert 0 < (double - single).abs().max() < 1e-6  # computed in double, not converted


def test_a_measure_that_fails_on_one_side_is_infinitely_far() -> None:
    ours, theirs = records_of(value=1.0), records_of(status="failed", value=math.nan)
    assert list(largest_deviations(ours, ours).values()) == [0]
    assert list(largest_deviations(ours, theirs).values()) == [math.inf]


def records_of(**changes: Any) -> pd.DataFrame:
    return pd.DataFrame([row(**changes)]).astype({"label": "str"})


def test_the_report_tells_of_twins_of_its_own_code_only() -> None:
    twins = {
        "code": "a",
        "precision": "float32",
        "seeds": [0, 1, 2],
        "cells": [{"key": "k1", "distance": 2e-5}, {"key": "k2", "distance": "inf"}],
        "claims": {
            "S1.C1": {"share": 0.031, "outcome": "reproduced", "twin_outcome": "inconclusive"},
            "S1.C2": {"share": "nan", "outcome": "reproduced", "twin_outcome": "reproduced"},
        },
    }
    cells: dict[str, dict[str, str]] = {"k1": {}, "k2": {}, "k3": {}}
    assert of_this_code(twins, {"code": "b", "cells": cells}) == {}
    assert of_this_code(twins, {"code": "a", "cells": {"k1": {}}}) == {}
    assert of_this_code(twins, {"code": "a", "cells": cells}) == twins
    assert in_words({}) == ""
    assert "float32, 3 seeds" in in_words(twins)
    assert (
        of_claim(twins, "S1.C1")
        == "3.1 % of the interval, on 3 seeds; on the twins it comes out inconclusive"
    )
    assert of_claim(twins, "S1.C2") == of_claim(twins, "S1.C9") == ""
