"""How runs are called in MLflow: by what varies among them, so that a list of them can be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

short_names = {"batch_size": "bs", "weight_decay": "wd", "n_train": "n", "label_noise": "noise"}
class_columns = ("data", "model", "training", "start")  # names of classes, which need no "name="
longest_name = 120
length_of_reference = 64  # a value as long as a cell's key names other cells and is nothing to read

Factors = Mapping[str, Any]  # a cell's columns (`training.batch_size`, `arm`, ...) and its `seed`


def run_names(cells: Mapping[str, Factors]) -> dict[str, str]:
    """Return key -> name, as in "bs=8 lr=0.1 seed=3 matched_loss", in the order in which people read them.

    Numbers and the seed come first, because MLflow's column shows some twenty letters.
    """
    columns = telling(cells.values())
    shown = _shown(columns)

    def name(factors: Factors) -> str:
        words = [(column, _word(column, shown[column], factors.get(column))) for column in columns]
        numbers = [word for column, word in words if _is_number(factors.get(column))]
        seed = [f"seed={factors['seed']}"] if factors.get("seed") is not None else []
        texts = [word for column, word in words if not _is_number(factors.get(column))]
        return " ".join(filter(None, numbers + seed + texts))[:longest_name] or "cell"

    def place(item: tuple[str, Factors]) -> tuple[Any, ...]:
        key, factors = item
        return (*(_sortable(factors.get(column)) for column in (*columns, "seed")), key)

    return {key: name(factors) for key, factors in sorted(cells.items(), key=place)}


def level_of(name: str) -> str:
    """Return a run's name without its seed: runs of one level are averaged.

    >>> level_of("bs=8 seed=3 matched_loss")
    'bs=8 matched_loss'
    """
    return " ".join(word for word in name.split() if not word.startswith("seed=")) or name


def telling(cells: Iterable[Factors]) -> list[str]:
    """Return the columns that tell cells apart: the suite's own first, then those of the specs, by alphabet.

    Left out are seeds (the seed is in every name), references to other cells, and columns that follow from
    those before them, such as a learning rate that goes with the batch size.
    """
    rows = list(cells)
    columns = sorted(set().union(*rows), key=lambda column: (column.split(".")[0] in class_columns, column))
    chosen: list[str] = []
    n_groups = 1
    for column in columns:
        texts = [_text(row.get(column)) for row in rows]
        if column.endswith("seed") or max(map(len, texts)) >= length_of_reference:
            continue
        groups = {tuple(_text(row.get(c)) for c in (*chosen, column)) for row in rows}
        if len(groups) > n_groups:
            chosen.append(column)
            n_groups = len(groups)
    return chosen


def _shown(columns: Iterable[str]) -> dict[str, str]:
    """Return column -> last part of its name, or the whole where two columns would look the same."""
    columns = list(columns)
    last = [column.rpartition(".")[2] for column in columns]
    short = {c: short_names.get(part, part) for c, part in zip(columns, last, strict=True)}
    return {c: short[c] if last.count(c.rpartition(".")[2]) == 1 else c for c in columns}


def _word(column: str, shown: str, value: Any) -> str:
    text = _text(value)
    speaks = column in class_columns or ("." not in column and isinstance(value, str))  # MLP, matched_loss
    return text if speaks or not text else f"{shown}={text}"


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float))


def _text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return f"{value:g}" if isinstance(value, float) else json.dumps(value, separators=(",", ":"))


def _sortable(value: Any) -> tuple[int, float, str]:
    if value is None:
        return (0, 0.0, "")
    return (1, float(value), "") if _is_number(value) else (2, 0.0, _text(value))
