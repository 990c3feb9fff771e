"""MLflow's own server in this process, plus one address: links of the report, which cannot know MLflow's numbers."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from benchmark.results import links
from benchmark.tracking import views
from benchmark.tracking.connection import artifact_location, settings

Scope = Mapping[str, Any]
App = Callable[[Any, Any, Any], Awaitable[None]]

kind = "workflowType=machine_learning"  # else MLflow opens its pages for language models
front = f"/#/experiments?{kind}"


def mlflow_app(uri: str) -> App:
    """Return MLflow's application on a store, without the processes for jobs that `mlflow server` starts."""
    from mlflow.server.constants import ARTIFACT_ROOT_ENV_VAR, BACKEND_STORE_URI_ENV_VAR

    os.environ.update(settings)
    os.environ["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"
    os.environ[BACKEND_STORE_URI_ENV_VAR] = uri
    os.environ[ARTIFACT_ROOT_ENV_VAR] = artifact_location(uri, "") or ""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own parts, about each other
        from mlflow.server.fastapi_app import app
    served: App = app
    return served


def with_links(app: App, client: Any) -> App:
    """Return an application that also answers links of the report, by sending the browser on."""

    async def answer(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != links.path:
            await app(scope, receive, send)
            return
        place = await asyncio.to_thread(find, client, dict(parse_qsl(scope["query_string"].decode())))
        headers = [(b"location", place.encode()), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    return answer


def find(client: Any, asked: Mapping[str, str]) -> str:
    """Return the page of what a link asks for: a run, or a view of its experiment; else the front page."""
    tags = {name: value for name, value in asked.items() if name not in ("suite", "profile", "view")}
    name = links.experiment_name(asked.get("suite", ""), asked.get("profile", ""))
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        return front
    if tags and not any("'" in text or "`" in text for text in (*tags, *tags.values())):
        query = " AND ".join(f"tags.`{tag}` = '{value}'" for tag, value in sorted(tags.items()))
        for run in client.search_runs([experiment.experiment_id], query, max_results=1):
            return f"/#/experiments/{experiment.experiment_id}/runs/{run.info.run_id}?{kind}"
    view, mode = views.pages.get(asked.get("view", ""), views.pages["runs"])
    return f"/#/experiments/{experiment.experiment_id}/runs?viewStateShareKey={view}&compareRunsMode={mode}&{kind}"
