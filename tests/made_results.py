"""Results as a run leaves them, made without training anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.results import judgement, records
from benchmark.results.provenance import versions, write_provenance
from benchmark.store.identity import numerics
from benchmark.suite.code import code_of_run
from benchmark.suite.folder import SuiteFolder
from benchmark.suite.plan import Plan, config_to_json, plan

Value = Callable[[Mapping[str, Any], str, np.random.Generator], float]


def wider_is_better(factors: Mapping[str, Any], quantity: str, noise: np.random.Generator) -> float:
    """0.3 for the narrowest network and 0.1 less for others, and noise over seeds."""
    error = 0.3 - 0.1 * (factors["model.width"] > 2) + 0.01 * noise.standard_normal()
    return float(error if quantity == "test_error" else 5.0 * np.exp(0.1 * noise.standard_normal()))


def write_results(
    place: Path,
    folder: SuiteFolder,
    *,
    config: Any,
    profile: str = "ci",
    value: Value = wider_is_better,
    draw: int = 0,
    fails: Callable[[Mapping[str, Any]], bool] = lambda _: False,
) -> Path:
    """Write records, provenance and verdicts of a suite into `place/<suite>`, and return that folder.

    Args:
        place: a folder of results.
        folder: the suite.
        config: of the suite.
        profile: that the config is of.
        value: of every number, from the factors of the cell, the quantity and a stream of the cell's seed.
        draw: which of several draws of the noise.
        fails: whether a cell failed.
    """
    laid_out = plan(folder, profile=profile, config=config)
    target = place / folder.name
    records.write(target / "records.parquet", list(_rows(laid_out, value, fails, draw)))
    write_provenance(target, _provenance(laid_out))
    judgement.judge_suite(folder, place)
    return target


def _rows(laid_out: Plan, value: Value, fails: Any, draw: int) -> Iterator[dict[str, Any]]:
    for cell in laid_out.cells:
        factors = laid_out.factors(cell)
        state = "failed" if fails(factors) else "done"
        noise = np.random.default_rng([draw, laid_out.seed(cell), factors["model.width"]])
        common = {
            "suite": laid_out.suite.name, "profile": laid_out.profile, "cells": [cell.key],
            "factors": json.dumps(factors), "seed": laid_out.seed(cell), "options": "{}", "standard_error": None,
            "unit": "", "status": state, "reason": "" if state == "done" else "planted", "device": "cpu",
        }  # fmt: skip
        of_history = {"measure": "history", "label": "history", "positive": False, "quantity": "loss"}
        if state == "failed":
            yield {**common, **of_history, "quantity": "value", "index": "", "value": float("nan")}
        else:
            for step in (0, 1):
                index = json.dumps({"step": step, "epoch": step})
                yield {
                    **common,
                    **of_history,
                    "index": index,
                    "value": 2.0 - step + 0.1 * noise.standard_normal(),
                }
        for family, quantity in (("performance", "test_error"), ("weight_norm", "all")):
            yield {
                **common, "measure": family, "label": family, "positive": family == "weight_norm", "index": "",
                "quantity": quantity if state == "done" else "value",
                "value": value(factors, quantity, noise) if state == "done" else float("nan"),
            }  # fmt: skip


def _provenance(laid_out: Plan) -> dict[str, Any]:
    record = numerics("cpu")
    return {
        "suite": laid_out.suite.name,
        "question": laid_out.suite.question,
        "profile": laid_out.profile,
        "config": config_to_json(laid_out.config),
        "command": f"lossbench run {laid_out.suite.name}",
        "code": code_of_run(laid_out, record),
        "git": {"sha": "0" * 40, "dirty": False},
        "versions": versions(),
        "device": {"kind": "cpu", "name": "a processor"},
        "machine": {"system": "Linux", "architecture": "x86_64", "processor": "a processor", "n_cpus": 2},
        "numerics": record,
        "data": {"digits": {"kind": "Digits", "digest": None, "source": "embedded"}},
        "started": 0.0,
        "seconds": 1.0,
        "n_cells": len(laid_out.cells),
        "by_status": {"done": len(laid_out.cells)},
        "cells": {cell.key: {"status": "done", "seconds": 0.1} for cell in laid_out.cells},
    }
