"""Records of a few networks, a row for each number, as figures are given them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import save_file

from benchmark.measures.measure import slug_of
from benchmark.report.figures.kinds.against import Against, Panel
from benchmark.report.figures.kinds.parts import each
from benchmark.stats.number import Number

said: dict[str, Any] = {"name": "figure", "title": "A figure", "caption": "How to read it."}
trace, error = Number(measure="trace"), Number(measure="performance", quantity="test_error")
nowhere = Path()


def row(
    cell: str, value: float, *, measure: str = "trace", label: str = "", seed: int = 0, **more: Any
) -> dict[str, Any]:
    """A number of a network of that name; `index` is a coordinate, what else is given are columns."""
    index = more.pop("index", {})
    return {
        "measure": measure, "label": label or measure, "options": json.dumps(more.pop("options", {})),
        "quantity": more.pop("quantity", "value"), "index": json.dumps(index) if index else "", "seed": seed,
        "value": value, "status": "done", "cells": [cell.ljust(12, "-")], **more,
    }  # fmt: skip


def drawn(figure: Any, rows: list[dict[str, Any]], arrays: Path = nowhere) -> Any:
    return figure(pd.DataFrame(rows), arrays)


def put(folder: Path, cell: str, measure: str, **arrays: Any) -> None:
    name = f"{slug_of(measure)}.{cell.ljust(12, '-')}.safetensors"
    save_file({key: np.asarray(value, dtype=np.float64) for key, value in arrays.items()}, folder / name)


def widths() -> list[dict[str, Any]]:
    """Traces 2 and 8 (of two seeds) times the width, of networks of widths 1, 2 and 4 in two arms."""
    return [
        row(
            f"{arm}{width}{seed}",
            times * width * value,
            seed=seed,
            arm=arm,
            width=width,
        )
        for arm, times in (("a", 1), ("b", 10))
        for width in (1, 2, 4)
        for seed, value in enumerate((2.0, 8.0))
    ]


def against(**changes: Any) -> Against:
    given: dict[str, Any] = {
        "x": "width", "x_label": "hidden units", "lines": each("arm"),
        "panels": (Panel(number=trace, label="trace (nats)", title="The trace", log=True),),
    }  # fmt: skip
    return Against(**said | given | changes)
