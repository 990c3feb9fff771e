"""The MLflow experiment of a suite and profile: its page for training, with a question and saved views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmark.tracking.connection import artifact_location
from benchmark.tracking.head import Head

note = "mlflow.note.content"


def find(client: Any, uri: str, head: Head) -> str:
    """Return the id of the experiment, which is created or restored where that is needed."""
    found = client.get_experiment_by_name(head.experiment)
    if found is None:
        return _create(client, uri, head)
    if found.lifecycle_stage != "active":
        client.restore_experiment(found.experiment_id)
    if head.question and note not in found.tags:  # a sweep, which was first, does not know it
        client.set_experiment_tag(found.experiment_id, note, head.question)
    return str(found.experiment_id)


def _create(client: Any, uri: str, head: Head) -> str:
    from mlflow.exceptions import MlflowException

    tags = {name: head.tags[name] for name in ("suite", "profile") if name in head.tags}
    tags["mlflow.experimentKind"] = "custom_model_development"  # the page for training, not for chat
    tags |= {note: head.question} if head.question else {}
    try:
        return str(client.create_experiment(head.experiment, artifact_location(uri, head.experiment), tags))
    except MlflowException:
        found = client.get_experiment_by_name(head.experiment)  # another process was faster
        if found is None:
            raise
        return str(found.experiment_id)


def set_tags(client: Any, experiment: str, tags: Mapping[str, str]) -> None:
    """Set those tags of an experiment that are not set so yet."""
    before = client.get_experiment(experiment).tags
    for name, value in tags.items():
        if before.get(name) != value:
            client.set_experiment_tag(experiment, name, value)
