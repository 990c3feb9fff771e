"""Tables and arrays as any suite leaves them, with random numbers: all that the measures of a plan declare."""

from __future__ import annotations

import functools
import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmark.cells.cell import Cell
from benchmark.measures.curve import on_a_line
from benchmark.suite.folder import find
from benchmark.suite.plan import Job, Plan, plan
from tests import root
from tests.suites.manifest import with_winners

n_points = 5
axis = np.linspace(-1, 1, n_points)
indices: Mapping[tuple[str, str], list[dict[str, float]]] = {
    **{
        (family, quantity): [{"alpha": alpha} for alpha in (0.0, 0.5, 1.0)]
        for family in ("initial_final_line", "two_model_line") for quantity in on_a_line
    },
    ("weight_histogram", "share"): [{"weight": weight} for weight in (-0.5, 0.0, 0.5)],
    ("eigenvalue_ratio_map", "ratio"): [{"alpha": a, "beta": b} for a, b in itertools.product(axis, repeat=2)],
}  # fmt: skip


@functools.cache
def random_records(name: str, profile: str) -> pd.DataFrame:
    """Return a table for all that a claim or a figure may read of a profile's plan; not to be written to."""
    laid_out, draw = of_two_seeds(name, profile), np.random.default_rng(0)
    rows = [row for job in laid_out.jobs for row in _rows(laid_out, job, draw)]
    return pd.DataFrame(rows + [row for cell in laid_out.cells for row in _history(laid_out, cell, draw)])


@functools.cache
def of_two_seeds(name: str, profile: str) -> Plan:
    """Return the plan of a profile with two of its seeds, and winners of the sweep."""
    folder = find(name, root / "suites")
    few = with_winners(folder.suite, folder.suite.profiles[profile], seeds=(0, 1))
    return plan(folder, profile=profile, config=few)


def _rows(laid_out: Plan, job: Job, draw: np.random.Generator) -> Iterator[dict[str, Any]]:
    measure = job.measure
    common = {
        **_common(laid_out, job.cells), "unit": measure.unit, "measure": measure.family, "label": measure.label,
        "options": json.dumps(measure.options), "positive": measure.positive,
    }  # fmt: skip
    for quantity in measure.quantities:
        for index in indices.get((measure.family, quantity), [{}]):
            value = draw.uniform(0.1, 1) * (0.1 if quantity == "train_loss" and not index else 1)
            yield {
                **common,
                "quantity": quantity,
                "index": json.dumps(index) if index else "",
                "value": value,
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
    """Write random surfaces, lines, maps and spectra, as a run of a profile does."""
    draw = np.random.default_rng(0)
    for job in of_two_seeds(name, profile).jobs:
        if content := _arrays(job.measure.family, job.measure.options, draw):
            keys = "-".join(cell.key[:12] for cell in job.cells)
            save_file(content, path / f"{job.measure.slug}.{keys}.safetensors")


def _arrays(family: str, options: Mapping[str, Any], draw: np.random.Generator) -> dict[str, Any]:
    square = {"alpha": axis, "beta": axis}
    if family == "loss_surface":
        path = {"path": draw.uniform(-1, 1, (4, 2)), "path_steps": np.arange(4), "explained": np.ones(2) / 2}
        extra = path if options["plane"] == "trajectory" else {}
        return {**square, "train_loss": draw.uniform(0.1, 9, (1, n_points, n_points)), **extra}
    if family == "barrier":
        return {"alpha": (axis + 1) / 2, **{name: draw.uniform(0.1, 1, n_points) for name in on_a_line}}
    if family == "random_lines":
        return {"alpha": axis, "train_loss": draw.uniform(0.1, 9, (3, n_points))}
    if family == "eigenvalue_ratio_map" and options["points"] == "grid":
        return {**square, "ratio": draw.uniform(0, 1, (n_points, n_points))}
    if family == "spectral_density":
        return {"nodes": draw.uniform(-1, 9, (2, n_points)), "weights": np.full((2, n_points), 1 / n_points)}
    return {}
