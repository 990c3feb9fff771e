"""Tables and arrays as the suite on depth and skip connections leaves them, with random numbers."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmark.suite.folder import find
from benchmark.suite.plan import Job, Plan, plan
from tests import root
from tests.suites.manifest import with_winners

folder = find("depth_skip_connections", root / "suites")
n_points = 5
quantities = {
    "performance": ("train_loss", "test_error", "gap"),
    "weight_norm": ("all",),
    "distance_from_init": ("value",),
    "initial_final_line": ("monotonicity_gap", "plateau_end"),
    "loss_surface": (
        "center_loss",
        "log10_max",
        "log10_median",
        "negative_fraction",
        "contour_area",
        "convex_up_to",
    ),
    "eigenvalue_ratio_map": ("ratio_center", "ratio_around"),
    "random_lines": ("flat_radius",),
    "spectral_density": ("share_negative",),
    "trajectory_pca": ("explained_12", "null_12", "excess_12", "random_plane_share"),
}


@functools.cache
def random_records(profile: str) -> pd.DataFrame:
    """Return a table with a random number for all that a claim may read of a profile's plan; not to be written to."""
    config, draw = of_two_seeds(profile), np.random.default_rng(0)
    rows = [
        {
            **config.factors(job.cells[0]), "suite": folder.name, "profile": profile,
            "seed": config.seed(job.cells[0]), "cells": [cell.key for cell in job.cells],
            "measure": job.measure.family, "label": job.measure.label, "options": json.dumps(job.measure.options),
            "positive": job.measure.positive, "quantity": quantity, "index": index, "status": "done", "reason": "",
            "value": draw.uniform(0.1, 1) * (0.1 if (quantity, index) == ("train_loss", "") else 1),
            "standard_error": np.nan,
        }
        for job in config.jobs for quantity, index in readings(job)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def readings(job: Job) -> list[tuple[str, str]]:
    """Return quantity and index of a job's numbers."""
    numbers = [(quantity, "") for quantity in quantities.get(job.measure.family, ())]
    if job.measure.family == "initial_final_line":
        alphas = [json.dumps({"alpha": alpha}) for alpha in (0.0, 0.5, 1.0)]
        numbers += [(quantity, alpha) for quantity in ("train_loss", "test_loss") for alpha in alphas]
    return numbers


@functools.cache
def of_two_seeds(profile: str) -> Plan:
    """Return the plan of a profile with two of its seeds, and winners of the sweep."""
    few = with_winners(folder.suite, folder.suite.profiles[profile], seeds=(0, 1))
    return plan(folder, profile=profile, config=few)


def write_arrays(path: Path, profile: str) -> None:
    """Write random surfaces, lines, maps and spectra, as a run of a profile does."""
    draw = np.random.default_rng(0)
    for job in of_two_seeds(profile).jobs:
        if content := _arrays(job.measure.family, job.measure.options, draw):
            keys = "-".join(cell.key[:12] for cell in job.cells)
            save_file(content, path / f"{job.measure.slug}.{keys}.safetensors")


def _arrays(family: str, options: Mapping[str, Any], draw: np.random.Generator) -> dict[str, Any]:
    axis = np.linspace(-1, 1, n_points)
    square = {"alpha": axis, "beta": axis}
    if family == "loss_surface":
        path = {"path": draw.uniform(-1, 1, (4, 2)), "path_steps": np.arange(4), "explained": np.ones(2) / 2}
        extra = path if options["plane"] == "trajectory" else {}
        return {**square, "train_loss": draw.uniform(0.1, 9, (1, n_points, n_points)), **extra}
    if family == "random_lines":
        return {"alpha": axis, "train_loss": draw.uniform(0.1, 9, (3, n_points))}
    if family == "eigenvalue_ratio_map" and options["points"] == "grid":
        return {**square, "ratio": draw.uniform(0, 1, (n_points, n_points))}
    if family == "spectral_density":
        return {"nodes": draw.uniform(-1, 9, (2, n_points)), "weights": np.full((2, n_points), 1 / n_points)}
    return {}
