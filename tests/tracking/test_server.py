from __future__ import annotations

import asyncio
from typing import Any

from benchmark.results.links import mlflow_link
from benchmark.store.workspace import Workspace
from benchmark.tracking import server
from benchmark.tracking.connection import connect
from tests.tracking import synthetic
from tests.tracking.test_sync import parent_name, runs


def place(workspace: Workspace, **asked: str) -> str:
    """Return where a link leads."""
    return server.find(connect(workspace.tracking_uri), {"suite": "width", "profile": "ci", **asked})


def test_a_link_names_a_suite_a_view_or_a_run_by_its_tags() -> None:
    assert mlflow_link("width", "ci", cell="ab") == (
        "http://127.0.0.1:5000/lossbench?suite=width&profile=ci&cell=ab"
    )
    assert mlflow_link("width", "ci", study="depth=4 skips=with").endswith("&study=depth%3D4+skips%3Dwith")


def test_it_leads_to_the_run_with_those_tags(synced: Workspace) -> None:
    _, found = runs(synced)
    cell = found["bs=8 seed=1 matched_loss"]
    assert f"/runs/{cell.info.run_id}?" in place(synced, cell=synthetic.key(("matched_loss", 8, 1)))
    assert f"/runs/{found[parent_name].info.run_id}?" in place(synced, kind="suite")


def test_without_such_a_run_it_leads_to_the_experiment_and_without_that_to_the_front(
    synced: Workspace,
) -> None:
    assert "viewStateShareKey=lossbench-1-overview&compareRunsMode=TABLE" in place(synced, cell="gone")
    assert "viewStateShareKey=lossbench-2-cells&compareRunsMode=CHART" in place(synced, view="charts")
    assert place(synced, profile="full") == server.front


def test_what_is_no_tag_is_not_passed_on_to_the_store(synced: Workspace) -> None:
    assert "viewStateShareKey" in place(synced, cell="' OR tags.kind = 'suite")
    assert "viewStateShareKey" in place(synced, **{"a` b": "c"})


def test_only_links_are_answered_and_all_else_is_mlflows(synced: Workspace) -> None:
    passed_on: list[str] = []
    sent: list[dict[str, Any]] = []

    async def mlflow(scope: Any, receive: Any, send: Any) -> None:
        passed_on.append(scope["path"])

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    app = server.with_links(mlflow, connect(synced.tracking_uri))
    for path, query in (("/lossbench", b"suite=width&profile=ci"), ("/lossbench/x", b""), ("/", b"")):
        asyncio.run(app_call(app, {"type": "http", "path": path, "query_string": query}, send))
    assert passed_on == ["/lossbench/x", "/"]
    assert sent[0]["status"] == 302
    assert dict(sent[0]["headers"])[b"location"].startswith(b"/#/experiments/")


async def app_call(app: server.App, scope: dict[str, Any], send: Any) -> None:
    await app(scope, None, send)
