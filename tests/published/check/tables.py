"""Small tables of records, made up."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from benchmark.published.check.keyed_numbers import numbers

Row = dict[str, Any]


def row(**changes: Any) -> Row:
    """A number of the first cell of seed 0."""
    row: Row = {
        "cells": ["a0"], "factors": json.dumps({"training.lr": 0.1, "arm": "plain"}), "seed": 0, "measure": "m",
        "label": "m[rho=1]", "quantity": "value", "index": "", "value": 2.0, "status": "done", "reason": "",
    }  # fmt: skip
    return row | changes


def history(values: list[float], **changes: Any) -> list[Row]:
    """A training with a record every ten steps, five of them an epoch."""
    named = {"measure": "history", "label": "history", "quantity": "loss", **changes}
    return [
        row(index=json.dumps({"step": 10 * n, "epoch": n / 5}), value=value, **named)
        for n, value in enumerate(values)
    ]


def table(*rows: Row) -> pd.DataFrame:
    """Rows as a check reads them."""
    frame = pd.DataFrame([*rows], columns=[*row()])
    return numbers(frame.astype({"seed": int, "value": float, "label": "str"}))


def seeds(values: list[float], **changes: Any) -> list[Row]:
    """One number of as many cells, a seed each."""
    return [row(cells=[f"a{seed}"], seed=seed, value=value, **changes) for seed, value in enumerate(values)]
