"""What MLflow is told about one cell or trial. No MLflow in here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from benchmark.store.files import sha256, to_json
from benchmark.tracking.keys import metric_keys
from benchmark.tracking.names import level_of

Row = Mapping[str, Any]  # in the schema of benchmark/results/records.py
Point = tuple[str, float, int]  # metric key, value, step

max_points = 100  # of one curve over training; more make MLflow's pages and the feed slow
longest_tag = 500
filtered = ("arm", "seed", "tuned")  # factors that are tags as well, for they are what people filter by


@dataclass(frozen=True, kw_only=True)
class ChildRun:
    """One cell as MLflow shows it, or one trial of a sweep; `key` tells it from the others of its parent."""

    key: str
    name: str
    status: str
    params: Mapping[str, str]
    points: tuple[Point, ...]
    tags: Mapping[str, str]
    seconds: float = 0.0

    @property
    def content(self) -> str:
        """Hash of all but the time it took: equal content need not be logged again."""
        shown = [self.key, self.name, self.status, dict(self.params), self.points, dict(self.tags)]
        return sha256(to_json(shown))[:16]


def run_of_cell(key: str, name: str, rows: Sequence[Row], summary: Mapping[str, Any]) -> ChildRun:
    """Return the run of the cell `key` from its own rows; rows about several cells are left aside.

    Args:
        key: of the cell.
        name: from `names.run_names`.
        rows: records that are about this cell.
        summary: its entry in the provenance (`seconds`, `status`, `reason`, ...); may be empty.
    """
    own = [row for row in rows if list(row["cells"]) == [key]]
    points, odd = _split(_points(own))
    status, reason = _ending(own, summary)
    first: Row = own[0] if own else {"factors": "{}", "seed": None, "device": ""}
    params = json.loads(first["factors"]) | ({} if first["seed"] is None else {"seed": int(first["seed"])})
    missing = sorted({row["label"] for row in own if row["status"] == "failed" and status != "failed"})
    tags = {
        "status": status,
        "reason": reason,
        "level": level_of(name),
        "device": first["device"],
        **{name: _param(params[name]) for name in filtered if params.get(name) is not None},
        "not_finite": ", ".join(odd),
        "failed_measures": ", ".join(missing),
        "mlflow.note.content": _note(status, reason, odd, missing),
    }
    return ChildRun(
        key=key,
        name=name,
        status=status,
        params={column: _param(value) for column, value in params.items() if value is not None},
        points=tuple(points),
        tags={tag: str(value)[:longest_tag] for tag, value in tags.items() if value not in (None, "")},
        seconds=float(summary.get("seconds") or 0.0),
    )


def metric_step(row: Row) -> int | None:
    """Return the step at which a row is a metric: a number, or a point in training, of one cell.

    None for all else (curves along other coordinates, measures of several cells): that goes into tables.
    """
    return _step(row["index"]) if len(row["cells"]) == 1 else None


@lru_cache(maxsize=4096)
def _step(index: str) -> int | None:
    place = json.loads(index) if index else {}
    if not place:
        return 0
    return int(place["step"]) if "step" in place and set(place) <= {"step", "epoch"} else None


def thin(points: Sequence[Point]) -> list[Point]:
    """Return at most `max_points` of the points, evenly spaced, the first and the last among them."""
    last = len(points) - 1
    if last < max_points:
        return list(points)
    return [points[round(place * last / (max_points - 1))] for place in range(max_points)]


def _ending(rows: Sequence[Row], summary: Mapping[str, Any]) -> tuple[str, str]:
    """Return status and reason of the cell; without a summary those of its training, or else of its first row."""
    trained = next((row for row in rows if row["measure"] == "history"), rows[0] if rows else {})
    status = summary.get("status") or trained.get("status") or "done"
    return str(status), "" if status == "done" else str(summary.get("reason") or trained.get("reason") or "")


def _is_gap(row: Row) -> bool:
    """Tell whether a row only says that there is no number: the measure failed, or was not tried."""
    value = row["value"]
    return value is None or (math.isnan(value) and row["status"] != "done" and row["quantity"] == "value")


def _points(rows: Sequence[Row]) -> list[Point]:
    """Return the points of all metrics, in the order of their keys, curves thinned."""
    placed = [(row, step) for row in rows if (step := metric_step(row)) is not None and not _is_gap(row)]
    keys = metric_keys((row["label"], row["quantity"]) for row, _ in placed)
    curves: dict[str, dict[int, float]] = {key: {} for key in keys.values()}
    for row, step in placed:
        if key := keys.get((row["label"], row["quantity"])):
            curves[key][step] = row["value"]
    return [
        point
        for key, curve in curves.items()
        for point in thin([(key, value, step) for step, value in sorted(curve.items())])
    ]


def _split(points: Iterable[Point]) -> tuple[list[Point], list[str]]:
    """Part the finite points from the rest, told in words: MLflow would store inf as 1.797e308."""
    finite: list[Point] = []
    odd: dict[str, str] = {}
    for name, value, step in points:
        if math.isfinite(value):
            finite.append((name, float(value), step))
        else:
            odd.setdefault(name, f"{name}={value}" + (f" from step {step}" if step else ""))
    return finite, list(odd.values())


def _note(status: str, reason: str, odd: Sequence[str], missing: Sequence[str]) -> str:
    lines = [] if status == "done" else [f"**{status}**: {reason}"]
    lines += [f"Not finite, hence not among the metrics: {', '.join(odd)}"] if odd else []
    lines += [f"Measures that failed: {', '.join(missing)}"] if missing else []
    return "\n\n".join(lines)


def _param(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
