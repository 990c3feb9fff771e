"""What of a table of records is compared: every number under a name that another run gives it too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

of_the_spec = ("data", "model", "training", "start", "init_seed", "order_seed", "augment_seed")
no_name = ("tuned",)  # which level won a sweep may change, and changes no number
keys = ["cells", "label", "quantity", "index", "occurrence"]


def numbers(records: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of records with what they are compared by.

    Columns: `cells` (keys, in one text), `cell` (for people: what tells it apart from the other cells of the table),
    `seed`, `measure`, `label`, `quantity`, `index`, `occurrence` (for rows that are equal in all of these), `value`,
    `scale` (the typical size of the quantity in this table), `status`, `reason`, `factors`.
    """
    table = records[
        ["factors", "seed", "measure", "label", "quantity", "index", "value", "status", "reason"]
    ].copy()
    table["cells"] = [" ".join(cells) for cells in records["cells"]]
    names = _names(table["factors"])
    table["cell"] = [
        f"{names[text]} seed={seed}".strip()
        for text, seed in zip(table["factors"], table["seed"], strict=True)
    ]
    table["scale"] = _scales(table)
    table["occurrence"] = table.groupby(keys[:-1]).cumcount()
    text = table["label"].dtype  # of an empty table, too
    return table.astype({"cells": text, "cell": text})


def _names(factors: pd.Series[str]) -> dict[str, str]:
    """Return a cell's name by its factors: what the cells of a table share is left out."""
    told = {text: _telling(json.loads(text)) for text in factors.unique()}
    shared = set.intersection(*(set(words.items()) for words in told.values())) if told else set()
    return {
        text: " ".join(f"{name}={value}" for name, value in words.items() if (name, value) not in shared)
        for text, words in told.items()
    }


def _telling(factors: Mapping[str, Any]) -> dict[str, str]:
    """Return what tells a cell apart but for its seed: the suite's own labels, or the whole spec where it has none."""
    shown = {name: value for name, value in factors.items() if value is not None and name not in no_name}
    own = {name: value for name, value in shown.items() if "." not in name and name not in of_the_spec}
    chosen = own or {name: value for name, value in shown.items() if not name.endswith("seed")}
    return {name: str(value) for name, value in chosen.items()}


def _scales(table: pd.DataFrame) -> pd.Series[float]:
    """Return the median size of each row's quantity, over its numbers that are finite and not 0; 0 where none is."""
    import numpy as np

    size = table["value"].abs()
    size = size.where(np.isfinite(size) & (size > 0))
    return size.groupby([table["label"], table["quantity"]]).transform("median").fillna(0.0)
