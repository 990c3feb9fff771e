from __future__ import annotations

import json
from typing import Any

from benchmark.store.workspace import Workspace
from benchmark.tracking import views
from benchmark.tracking.connection import connect
from benchmark.tracking.sync import sync
from tests.tracking import synthetic


def state(tags: dict[str, str], view: str) -> dict[str, Any]:
    """Return the state of a page as MLflow reads it out of a tag."""
    envelope = json.loads(tags[views.prefix + view])
    assert isinstance(envelope["createdAt"], int)
    return dict(json.loads(envelope["state"]))


def made(**space: bool) -> dict[str, str]:
    metrics = ["performance/test_error", "training/loss", "sharpness/hessian_trace"]
    return views.tags(invocation="abc", columns=["arm", "training.lr"], metrics=metrics, space=space)


def test_cells_show_their_factors_and_headline_numbers_averaged_over_seeds() -> None:
    shown = state(made(), views.cells)
    assert shown["selectedColumns"] == [
        "tags.`status`", "params.`arm`", "params.`training.lr`", "params.`seed`",
        "metrics.`performance/test_error`", "metrics.`sharpness/hessian_trace`",
    ]  # fmt: skip
    assert shown["searchFilter"] == "tags.kind = 'cell' AND tags.invocation = 'abc'"
    assert shown["groupBy"]["groupByKeys"] == [{"mode": "tag", "groupByData": "level"}]


def test_trials_have_a_view_where_there_was_a_sweep() -> None:
    assert views.prefix + views.sweeps not in made()
    shown = state(made(lr=True, momentum=False), views.sweeps)
    scatters = [chart for chart in shown["compareRunCharts"] if chart["type"] == "SCATTER"]
    assert [chart["xaxis"]["key"] for chart in scatters] == ["sweep/log10_lr", "sweep/momentum"]
    assert {chart["yaxis"]["key"] for chart in scatters} == {"sweep/val_error"}


def test_every_page_that_links_name_has_its_view() -> None:
    tags = made(lr=True, momentum=False)
    assert {views.prefix + view for view, _ in views.pages.values()} == set(tags)


def test_views_are_tags_of_the_experiment_that_the_store_can_filter_by(changing: Workspace) -> None:
    synthetic.write_answer(changing.root)
    sync(changing)
    client = connect(changing.tracking_uri)
    experiment = client.get_experiment_by_name("lossbench/width-ci")
    found = {}
    for view in (views.overview, views.cells, views.sweeps):
        shown = state(experiment.tags, view)
        direction = "ASC" if shown["orderByAsc"] else "DESC"
        order = [f"{shown['orderByKey']} {direction}"]
        found[view] = len(
            client.search_runs([experiment.experiment_id], shown["searchFilter"], order_by=order)
        )
    assert found == {views.overview: 23, views.cells: 12, views.sweeps: 8}
