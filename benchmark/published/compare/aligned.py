"""One suite's records on one side, in the form in which two sides are held against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmark.results import records

Arm = Mapping[str, Any]
of_a_seed = ("start.cell", "start.parents")  # keys of other cells: as many as there are seeds
of_specs = ("data", "model", "training", "start")  # columns that every suite has; others are its own labels


@dataclass(frozen=True, kw_only=True)
class Table:
    """Records of one suite.

    Attributes:
        rows: one per number: `cell` (keys), `arm` (a number into `arms`), `seed`, `label`, `quantity`, `index`,
            `value` (NaN where it is not done or not finite), `failed`, `positive`.
        arms: the distinct factors, seeds left out.
    """

    rows: pd.DataFrame
    arms: tuple[Arm, ...]


def read(folder: Path) -> Table:
    """Read the records of a suite. Raises `SchemaError`."""
    frame = records.read_rows(folder / "records.parquet")
    texts = list(frame["factors"].unique())
    arms = {text: _without_seeds(json.loads(text)) for text in texts}
    distinct = {json.dumps(arm, sort_keys=True): arm for arm in arms.values()}
    numbers = {text: number for number, text in enumerate(distinct)}
    arm_of = {text: numbers[json.dumps(arm, sort_keys=True)] for text, arm in arms.items()}
    usable = (frame["status"] == "done") & np.isfinite(frame["value"])
    rows = pd.DataFrame(
        {
            "cell": frame["cells"].map(" ".join),
            "arm": frame["factors"].map(arm_of),
            **{name: frame[name] for name in ("seed", "label", "quantity", "index")},
            "value": frame["value"].where(usable),
            "failed": ~usable,
            "positive": frame["positive"].astype(bool),
        }
    )
    return Table(rows=rows, arms=tuple(distinct.values()))


def aligned(a: Table, b: Table) -> tuple[Table, Table]:
    """Renumber the arms of two tables so that equal factors have equal numbers.

    A factor that one side does not know (it came later) is left out on the other, unless it tells arms apart.
    """
    names_a, names_b = ({name for arm in table.arms for name in arm} for table in (a, b))
    drop_a, drop_b = _droppable(a.arms, names_a - names_b), _droppable(b.arms, names_b - names_a)
    kept_a = [_without(arm, drop_a) for arm in a.arms]
    kept_b = [_without(arm, drop_b) for arm in b.arms]
    arms = {json.dumps(arm, sort_keys=True): arm for arm in [*kept_a, *kept_b]}
    return _renumbered(a, kept_a, arms), _renumbered(b, kept_b, arms)


def _renumbered(table: Table, kept: list[Arm], arms: Mapping[str, Arm]) -> Table:
    places = {text: number for number, text in enumerate(arms)}
    numbers = {old: places[json.dumps(arm, sort_keys=True)] for old, arm in enumerate(kept)}
    return Table(rows=table.rows.assign(arm=table.rows["arm"].map(numbers)), arms=tuple(arms.values()))


def named(arms: tuple[Arm, ...]) -> list[str]:
    """Name arms by the fewest factors that tell them apart: the suite's own labels first."""
    factors = list(dict.fromkeys(name for arm in arms for name in arm))
    varying = [name for name in factors if len({str(arm.get(name)) for arm in arms}) > 1]
    labels = [name for name in varying if name.partition(".")[0] not in of_specs]
    chosen = list(labels)
    for name in varying:
        seen = {tuple(str(arm.get(one)) for one in chosen) for arm in arms}
        finer = {tuple(str(arm.get(one)) for one in [*chosen, name]) for arm in arms}
        if len(seen) < len(arms) and len(finer) > len(seen):
            chosen.append(name)
    return [
        " ".join(f"{name.rpartition('.')[2]}={arm[name]}" for name in chosen if arm.get(name) is not None)
        or "all"
        for arm in arms
    ]


def _without_seeds(factors: Arm) -> Arm:
    return {
        name: value for name, value in factors.items() if not name.endswith("_seed") and name not in of_a_seed
    }


def _droppable(arms: tuple[Arm, ...], names: set[str]) -> set[str]:
    texts = {json.dumps(_without(arm, names), sort_keys=True) for arm in arms}
    return names if len(texts) == len(arms) else set()


def _without(arm: Arm, names: set[str]) -> Arm:
    return {name: value for name, value in arm.items() if name not in names}
