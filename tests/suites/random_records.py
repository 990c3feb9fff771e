"""Tables as any suite leaves them, with random numbers: a row for every number that a measure of its plan declares."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmark.measures.curve import on_a_line
from benchmark.suite.folder import find
from benchmark.suite.plan import Job, Plan, plan
from tests import root
from tests.suites.manifest import with_winners

lines = ("initial_final_line", "two_model_line")
alphas = tuple(json.dumps({"alpha": alpha}) for alpha in (0.0, 0.5, 1.0))


@functools.cache
def random_records(name: str, profile: str) -> pd.DataFrame:
    """Return a table for all that a claim may read of a profile's plan; not to be written to."""
    laid_out, draw = of_two_seeds(name, profile), np.random.default_rng(0)
    return pd.DataFrame([row for job in laid_out.jobs for row in _rows(laid_out, job, draw)])


@functools.cache
def of_two_seeds(name: str, profile: str) -> Plan:
    """Return the plan of a profile with two of its seeds, and winners of the sweep."""
    folder = find(name, root / "suites")
    few = with_winners(folder.suite, folder.suite.profiles[profile], seeds=(0, 1))
    return plan(folder, profile=profile, config=few)


def _rows(laid_out: Plan, job: Job, draw: np.random.Generator) -> Iterator[dict[str, Any]]:
    measure, cell = job.measure, job.cells[0]
    common = {
        **laid_out.factors(cell), "suite": laid_out.suite.name, "profile": laid_out.profile, "unit": measure.unit,
        "seed": laid_out.seed(cell), "cells": [one.key for one in job.cells], "measure": measure.family,
        "label": measure.label, "options": json.dumps(measure.options), "positive": measure.positive,
        "status": "done", "reason": "", "standard_error": np.nan,
    }  # fmt: skip
    for quantity in measure.quantities:
        is_curve = measure.family in lines and quantity in on_a_line
        for index in alphas if is_curve else ("",):
            value = draw.uniform(0.1, 1) * (0.1 if (quantity, index) == ("train_loss", "") else 1)
            yield {**common, "quantity": quantity, "index": index, "value": value}
