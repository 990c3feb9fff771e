"""Saved views of MLflow's pages: columns, filters, groups and charts that are sensible for our runs. No MLflow in here.

MLflow keeps a view as a tag of the experiment: a name, and the state of its page as JSON. It lists them under
"Views"; `?viewStateShareKey=ID` in the address opens one. State that a later MLflow does not know is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.tracking.studies import axis, section

prefix = "mlflow.sharedViewState."
overview, cells, sweeps = "lossbench-1-overview", "lossbench-2-cells", "lossbench-3-sweeps"
pages = {  # by the names that links have for them: a view, as a table or as charts
    "runs": (overview, "TABLE"),
    "cells": (cells, "TABLE"),
    "charts": (cells, "CHART"),
    "trials": (sweeps, "TABLE"),
    "sweep": (sweeps, "CHART"),
}
headline = ("test_error", "test_loss", "train_loss", "gap")


def tags(
    *, invocation: str, columns: Sequence[str], metrics: Sequence[str], space: Mapping[str, bool]
) -> dict[str, str]:
    """Return the experiment's tags that hold its views.

    Args:
        invocation: id of the newest run of the suite.
        columns: of the factors that tell its cells apart.
        metrics: keys that its cells have.
        space: hyperparameters that were swept, and whether by their logarithm.
    """
    views = {
        overview: ("1 Runs and sweeps, with verdicts", _overview()),
        cells: ("2 Cells of the newest run, averages over seeds", _cells(invocation, columns, metrics)),
    }
    if space:
        views[sweeps] = ("3 Trials of the sweeps", _sweeps(space))
    return {f"{prefix}{id_}": _envelope(*view) for id_, view in views.items()}


def _envelope(name: str, state: Mapping[str, Any]) -> str:
    moment = 0  # views of equal content are equal
    text = json.dumps(state, separators=(",", ":"))
    return json.dumps({"name": name, "createdAt": moment, "updatedAt": moment, "state": text})


def _overview() -> dict[str, Any]:
    columns = {_column("Description", "attributes"): 560, _tag("cells"): 160, _tag("commit"): 100}
    return _state(columns, search="", shown="FIRST_10_RUNS", order="attributes.start_time")


def _cells(invocation: str, columns: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    first = [key for name in headline if (key := f"performance/{name}") in metrics]
    rest = [key for key in metrics if key.partition("/")[0] not in ("performance", "training")]
    wide = {_tag("status"): 120}
    wide |= {_column(name, "params"): _width(name) for name in (*columns, "seed")}
    wide |= {_column(key, "metrics"): _width(key) for key in first + rest}
    state = _state(wide, search=f"tags.kind = 'cell' AND tags.invocation = '{invocation}'", shown="SHOW_ALL")
    level = {"mode": "tag", "groupByData": "level"}
    return state | {"groupBy": {"aggregateFunction": "average", "groupByKeys": [level]}}


def _sweeps(space: Mapping[str, bool]) -> dict[str, Any]:
    error = f"{section}/val_error"
    columns = {_tag("study"): 200} | {_tag(name): 100 for name in ("state", "status", "best")}
    columns |= {
        _column(key, "metrics"): _width(key) for key in (error, *(f"{section}/{name}" for name in space))
    }
    axes = [axis(name, is_log=is_log) for name, is_log in space.items()]
    charts = [_chart(error, type="BAR", metricKey=error)]
    charts += [
        _chart(
            f"against-{key}",
            type="SCATTER",
            xaxis={"key": key, "type": "METRIC"},
            yaxis={"key": error, "type": "METRIC"},
        )
        for key in axes
    ]
    # MLflow adds a chart of every metric that has none; these are seen in the others.
    hidden = dict.fromkeys([*axes, *(f"{section}/{name}" for name in space)])
    charts += [_chart(key, type="BAR", metricKey=key, deleted=True) for key in hidden]
    order = _column(error, "metrics")
    state = _state(columns, search="tags.kind = 'trial'", shown="SHOW_ALL", order=order) | {
        "orderByAsc": True
    }
    place = {"uuid": "lossbench-sweep", "name": section, "display": True, "isReordered": True}
    return state | {"compareRunCharts": charts, "compareRunSections": [place], "isAccordionReordered": True}


def _chart(name: str, *, deleted: bool = False, **what: Any) -> dict[str, Any]:
    place = {"uuid": f"lossbench-{name}", "metricSectionId": "lossbench-sweep"}
    return place | {"deleted": deleted, "isGenerated": deleted, "runsCountToCompare": 100, **what}


def _state(
    columns: Mapping[str, int], *, search: str, shown: str, order: str = "attributes.`Created`"
) -> dict[str, Any]:
    """Return the state of a page. In the order `start_time` it nests runs, and adds parents to what was searched.

    `Created` is the same order, and leaves what was searched alone.
    """
    widths = {_column("Run Name", "attributes"): 320, **columns}
    return {
        "searchFilter": search,
        "orderByKey": order,
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": list(columns),
        "columnOrder": list(widths),
        "columnWidths": widths,
        "runsHiddenMode": shown,
        "hideEmptyCharts": True,
        "useGroupedValuesInCharts": True,
    }


def _tag(name: str) -> str:
    return _column(name, "tags")


def _column(name: str, kind: str) -> str:
    return f"{kind}.`{name}`"


def _width(title: str) -> int:
    """Return pixels that show a title."""
    return 48 + 7 * max(8, len(title))
