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
    distinct = {_text(arm): arm for arm in arms.values()}
    numbers = {text: number for number, text in enumerate(distinct)}
    arm_of = {text: numbers[_text(arm)] for text, arm in arms.items()}
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


@dataclass(frozen=True, kw_only=True)
class Turned:
    """A factor with no value in common between the two sides, in arms that are held against each other all the same."""

    factor: str
    a: tuple[str, ...]
    b: tuple[str, ...]


def aligned(a: Table, b: Table) -> tuple[Table, Table, tuple[Turned, ...]]:
    """Renumber the arms of two tables so that those that are compared have equal numbers.

    These are the arms with equal factors. A factor that one side does not know (it came later) is left out on the
    other, unless it tells arms apart. Arms that are left over are paired by what else they share, where factors without
    any value in common were turned, such as a learning rate or a name that holds it; unless they tell arms apart.

    Returns:
        Both tables, and the factors that were turned.
    """
    names_a, names_b = ({name for arm in table.arms for name in arm} for table in (a, b))
    drop_a, drop_b = _droppable(a.arms, names_a - names_b), _droppable(b.arms, names_b - names_a)
    kept_a = [_without(arm, drop_a) for arm in a.arms]
    kept_b = [_without(arm, drop_b) for arm in b.arms]
    pairs, turned = _paired(kept_a, kept_b)
    kept_b = [pairs.get(_text(arm), arm) for arm in kept_b]
    arms = {_text(arm): arm for arm in [*kept_a, *kept_b]}
    return _renumbered(a, kept_a, arms), _renumbered(b, kept_b, arms), turned


def _paired(a: list[Arm], b: list[Arm]) -> tuple[Mapping[str, Arm], tuple[Turned, ...]]:
    """Return the arms of A that left-over arms of B are held against, by text, and the factors that were turned."""
    texts_a, texts_b = set(map(_text, a)), set(map(_text, b))
    alone_a = [arm for arm in a if _text(arm) not in texts_b]
    alone_b = [arm for arm in b if _text(arm) not in texts_a]
    names = dict.fromkeys(name for arm in [*alone_a, *alone_b] for name in arm)
    values = {name: (_values(a, name), _values(b, name)) for name in names}
    turned = {name for name, (of_a, of_b) in values.items() if (of_a or of_b) and not set(of_a) & set(of_b)}
    if any(_droppable(tuple(alone), turned) != turned for alone in (alone_a, alone_b)):
        return {}, ()
    by_rest = {_text(_without(arm, turned)): arm for arm in alone_a}
    found = {_text(arm): by_rest.get(_text(_without(arm, turned))) for arm in alone_b}
    pairs = {text: arm for text, arm in found.items() if arm is not None}
    told = tuple(
        Turned(factor=name, a=values[name][0], b=values[name][1]) for name in names if name in turned
    )
    return pairs, told if pairs else ()


def _values(arms: list[Arm], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(arm[name]) for arm in arms if arm.get(name) is not None))


def _text(arm: Arm) -> str:
    return json.dumps(arm, sort_keys=True)


def _renumbered(table: Table, kept: list[Arm], arms: Mapping[str, Arm]) -> Table:
    places = {text: number for number, text in enumerate(arms)}
    numbers = {old: places[_text(arm)] for old, arm in enumerate(kept)}
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
    texts = {_text(_without(arm, names)) for arm in arms}
    return names if len(texts) == len(arms) else set()


def _without(arm: Arm, names: set[str]) -> Arm:
    return {name: value for name, value in arm.items() if name not in names}
