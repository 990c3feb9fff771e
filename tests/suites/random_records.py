"""Tables as any suite leaves them, with random numbers for all that its measures make, and arrays of toy networks."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmark.cells.cell import Cell
from benchmark.suite.plan import Job, Plan, plan
from tests.suites.folders import folders
from tests.suites.manifest import with_winners
from tests.suites.toy_results import toy_result


@functools.cache
def random_records(name: str, profile: str) -> pd.DataFrame:
    """Return a table for all that a claim or a figure may read of a profile's plan; not to be written to."""
    laid_out, draw = of_two_seeds(name, profile), np.random.default_rng(0)
    rows = [row for job in laid_out.jobs for row in _rows(laid_out, job, draw)]
    return pd.DataFrame(rows + [row for cell in laid_out.cells for row in _history(laid_out, cell, draw)])


@functools.cache
def of_two_seeds(name: str, profile: str) -> Plan:
    """Return the plan of a profile with two of its seeds, and winners of the sweep."""
    folder = folders[name]
    few = with_winners(folder.suite, folder.suite.profiles[profile], seeds=(0, 1))
    return plan(folder, profile=profile, config=few)


def _rows(laid_out: Plan, job: Job, draw: np.random.Generator) -> Iterator[dict[str, Any]]:
    measure = job.measure
    common = {
        **_common(laid_out, job.cells), "unit": measure.unit, "measure": measure.family, "label": measure.label,
        "options": json.dumps(measure.options), "positive": measure.positive,
    }  # fmt: skip
    for reading in toy_result(job).readings:
        is_fitted = reading.quantity == "train_loss" and not reading.index
        yield {
            **common,
            "quantity": reading.quantity,
            "index": json.dumps(dict(reading.index)) if reading.index else "",
            "value": draw.uniform(0.1, 1) * (0.1 if is_fitted else 1),
        }


def _history(laid_out: Plan, cell: Cell, draw: np.random.Generator) -> Iterator[dict[str, Any]]:
    common = {**_common(laid_out, (cell,)), "unit": "", "options": "{}", "positive": False}
    for step, quantity in itertools.product((0, 10, 20), ("loss", "error", "weight_norm")):
        index = json.dumps({"step": step, "epoch": step / 10})
        yield {**common, "measure": "history", "label": "history", "quantity": quantity, "index": index,
               "value": draw.uniform(0.1, 1)}  # fmt: skip


def _common(laid_out: Plan, cells: tuple[Cell, ...]) -> dict[str, Any]:
    return {
        **laid_out.factors(cells[0]), "suite": laid_out.suite.name, "profile": laid_out.profile,
        "seed": laid_out.seed(cells[0]), "cells": [cell.key for cell in cells], "status": "done", "reason": "",
        "standard_error": np.nan,
    }  # fmt: skip


def write_arrays(name: str, profile: str, path: Path) -> None:
    """Write surfaces, lines, maps and spectra of toy networks, as a run of a profile does of its own."""
    for job in of_two_seeds(name, profile).jobs:
        if arrays := toy_result(job).arrays:
            keys = "-".join(cell.key[:12] for cell in job.cells)
            content = {array: np.ascontiguousarray(values) for array, values in arrays.items()}
            save_file(content, path / f"{job.measure.slug}.{keys}.safetensors")
