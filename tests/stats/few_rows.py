"""Rows of one seed, made up, and what reductions make of them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from benchmark.stats.number import CannotReduce


def rows(label: str, values: dict[Any, float], factor: str = "batch", **more: Any) -> pd.DataFrame:
    """One row per level of a factor, in one seed."""
    base = {
        "label": label,
        "measure": label,
        "quantity": "value",
        "index": "",
        "seed": 0,
        "status": "done",
        "positive": True,
    }
    table = [
        base | {factor: level, "value": number, "cells": [f"c{level}"]} | more
        for level, number in values.items()
    ]
    return pd.DataFrame(table)


TRACE = rows("trace", {8: 2.0, 32: 3.0, 128: 8.0})


def reduced(reduction: Any, frame: pd.DataFrame) -> float:
    return float(reduction.fixed(frame)(frame))


def refusal(reduction: Any, frame: pd.DataFrame) -> CannotReduce:
    with pytest.raises(CannotReduce) as caught:
        reduced(reduction, frame)
    return caught.value
