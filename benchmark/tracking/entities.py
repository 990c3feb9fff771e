"""MLflow's own objects, made from plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from benchmark.tracking.child_run import Point
from benchmark.tracking.head import DataSets


def metrics(points: Iterable[Point], timestamp: int) -> list[Any]:
    """Return points (key, value, step) as metrics, all of one moment in milliseconds."""
    from mlflow.entities import Metric

    return [Metric(name, value, timestamp, step) for name, value, step in points]


def tags(tags: Mapping[str, str]) -> list[Any]:
    """Return tags."""
    from mlflow.entities import RunTag

    return [RunTag(name, value) for name, value in tags.items()]


def params(params: Mapping[str, str]) -> list[Any]:
    """Return params."""
    from mlflow.entities import Param

    return [Param(name, value) for name, value in params.items()]


def data_sets(data: DataSets) -> list[Any]:
    """Return data sets by name and digest; no data are read."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    context = [InputTag("mlflow.data.context", "training")]
    return [
        DatasetInput(
            Dataset(
                name=name,
                digest=str(facts.get("digest") or "embedded")[:12],
                source_type="lossbench",
                source=str(facts.get("source") or name),
            ),
            context,
        )
        for name, facts in sorted(data.items())
    ]
