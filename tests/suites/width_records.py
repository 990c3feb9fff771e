"""Tables and arrays as the suite on width leaves them, with random numbers."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmark.suite.folder import find
from benchmark.suite.plan import Plan, plan
from tests import root
from tests.suites.manifest import with_winners

folder = find("width", root / "suites")
n_points = 5
quantities: dict[str, tuple[str, ...]] = {
    "barrier": tuple(
        f"{kind}_{split}_{what}"
        for kind in ("frankle", "entezari", "mid")
        for split in ("test", "train")
        for what in ("error", "loss")
    ),
    "performance": ("test_error", "test_loss", "gap"),
    "radial_width": ("value", "lower_quartile", "upper_quartile", "distance"),
    "loss_surface": ("negative_fraction", "negative_fraction_spread"),
}


@functools.cache
def random_records(profile: str) -> pd.DataFrame:
    """Return a table with a random number for all that a claim may read of a profile's plan; not to be written to."""
    config, draw = of_two_seeds(profile), np.random.default_rng(0)
    rows = [
        {
            **config.factors(job.cells[0]), "suite": "width", "profile": profile, "seed": config.seed(job.cells[0]),
            "cells": [cell.key for cell in job.cells], "measure": job.measure.family, "label": job.measure.label,
            "options": json.dumps(job.measure.options), "positive": job.measure.positive,
            "quantity": quantity, "index": "", "status": "done", "reason": "", "value": draw.uniform(0.1, 1),
            "standard_error": np.nan,
        }
        for job in config.jobs for quantity in quantities.get(job.measure.family, ())
    ]  # fmt: skip
    return pd.DataFrame(rows)


@functools.cache
def of_two_seeds(profile: str) -> Plan:
    """Return the plan of a profile with two of its seeds, and winners of the sweep."""
    few = with_winners(folder.suite, folder.suite.profiles[profile], seeds=(0, 1))
    return plan(folder, profile=profile, config=few)


def write_arrays(path: Path, profile: str) -> None:
    """Write random curves of all barriers, and random surfaces, as a run of a profile does."""
    draw, axis = np.random.default_rng(0), np.linspace(0, 1, n_points)
    for job in of_two_seeds(profile).jobs:
        curves = {name: draw.uniform(0.1, 1, n_points) for name in ("train_loss", "test_error")}
        surface = {"beta": 2 * axis - 1, "train_loss": draw.uniform(0.1, 9, (2, n_points, n_points))}
        contents = {
            "barrier": {"alpha": axis, **curves},
            "loss_surface": {"alpha": 2 * axis - 1, **surface},
        }
        if job.measure.family in contents:
            keys = "-".join(cell.key[:12] for cell in job.cells)
            save_file(contents[job.measure.family], path / f"{job.measure.slug}.{keys}.safetensors")
