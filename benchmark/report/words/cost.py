"""What a verdict cost: the time of the cells that it reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmark.report.words.numbers import duration, number


def cost_in_words(keys: Iterable[str], provenance: Mapping[str, Any]) -> str:
    """Return what the cells behind a verdict cost in the run that made them; empty where nothing is known.

    Device-seconds add up the time of training and of all measures, of which a claim may read a few. The share of the
    run is that part of its wall time, in which several cells were computed side by side.
    """
    cells: Mapping[str, Mapping[str, Any]] = provenance.get("cells") or {}
    behind = [cells[key] for key in sorted(set(keys)) if key in cells]
    if not behind:
        return ""
    spent = sum(_seconds(cell) for cell in behind)
    n_stored = sum(bool(cell.get("cached")) for cell in behind)
    count = f"{len(behind)} cell{'' if len(behind) == 1 else 's'}"
    if n_stored == len(behind):
        return f"{count}, all from the run store: no time in this run"
    all_spent, wall = sum(map(_seconds, cells.values())), float(provenance.get("seconds") or 0)
    share = f", about {duration(wall * spent / all_spent)} of this run" if all_spent and wall else ""
    stored = f"; {n_stored} came from the run store at no cost" if n_stored else ""
    return f"{count}: {number(spent)} device-seconds{share}{stored}"


def _seconds(cell: Mapping[str, Any]) -> float:
    return float(cell.get("seconds") or 0)
