"""What of a table of records is compared: every number under a name that another run gives it too."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

first_epochs = 2  # until then float noise has had no time to grow, however chaotic the training is
at_first = f"history[epoch<={first_epochs}]"
of_the_spec = ("data", "model", "training", "start", "init_seed", "order_seed", "augment_seed")
no_name = ("tuned",)  # which level won a sweep may change, and changes no number
keys = ["cells", "label", "quantity", "index", "occurrence"]


def numbers(records: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of records with what they are compared by.

    Columns: `cells` (keys, in one text), `group` (all that tells cells apart but the seed), `name` (the same without
    what all cells of the table share), `seed`, `measure`, `label`, `band` (the label, but the first epochs of a history
    apart from the rest), `quantity`, `index`, `occurrence` (for rows that are equal in all of these), `value`,
    `status`, `reason`, `factors`.
    """
    table = records[
        ["factors", "seed", "measure", "label", "quantity", "index", "value", "status", "reason"]
    ].copy()
    text = table["label"].dtype  # of an empty table, too
    table["cells"] = [" ".join(cells) for cells in records["cells"]]
    told = {text: _telling(json.loads(text)) for text in table["factors"].unique()}
    shared = set.intersection(*(set(words.items()) for words in told.values())) if told else set()
    table["group"] = table["factors"].map({text: _joined(words) for text, words in told.items()})
    own = {text: dict(word for word in words.items() if word not in shared) for text, words in told.items()}
    table["name"] = table["factors"].map({text: _joined(words) for text, words in own.items()})
    bands = {
        (label, index): band_of(label, index)
        for label, index in table[["label", "index"]].drop_duplicates().itertuples(index=False)
    }
    table["band"] = [bands[pair] for pair in zip(table["label"], table["index"], strict=True)]
    table["occurrence"] = table.groupby(keys[:-1]).cumcount()
    return table.astype(dict.fromkeys(("cells", "group", "name", "band"), text))


def group_of(factors: Mapping[str, Any]) -> str:
    """Return what tells a cell apart but for its seed: the suite's own labels, or the whole spec where it has none.

    >>> group_of({"training": "SGD", "training.lr": 0.1, "arm": "width", "width": 4})
    'arm=width width=4'
    """
    return _joined(_telling(factors))


def _telling(factors: Mapping[str, Any]) -> dict[str, str]:
    shown = {name: value for name, value in factors.items() if value is not None and name not in no_name}
    own = {name: value for name, value in shown.items() if "." not in name and name not in of_the_spec}
    chosen = own or {name: value for name, value in shown.items() if not name.endswith("seed")}
    return {name: str(value) for name, value in chosen.items()}


def _joined(words: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in words.items())


@functools.cache
def band_of(label: str, index: str) -> str:
    """Return the label under which a number's tolerance stands."""
    is_early = label == "history" and index and json.loads(index)["epoch"] <= first_epochs
    return at_first if is_early else label
