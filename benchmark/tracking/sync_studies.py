"""Brings the studies of a suite in line with best.json: a parent run for every arm, a child for every trial."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from benchmark.results.links import experiment_name
from benchmark.tracking import studies
from benchmark.tracking.connection import connect, telling
from benchmark.tracking.tracker import Tracker, finished, invocation_tag


def sync_studies(uri: str, answer: Mapping[str, Any], *, keep_others: bool = False) -> tuple[int, int, int]:
    """Return how many trials were written, were in line, and were deleted.

    Args:
        uri: of the store.
        answer: content of best.json.
        keep_others: leave studies alone that the answer does not have, as it is not the workspace's own.
    """
    counts = [_sync_study(uri, answer, arm) for arm in answer.get("studies") or {}]
    heads = [studies.study_head(answer, arm).id for arm in answer.get("studies") or {}]
    n_gone = (
        0 if keep_others else _remove_others(uri, experiment_name(answer["suite"], answer["profile"]), heads)
    )
    return (
        sum(written for written, _, _ in counts),
        sum(kept for _, kept, _ in counts),
        sum(removed for _, _, removed in counts) + n_gone,
    )


def _sync_study(uri: str, answer: Mapping[str, Any], arm: str) -> tuple[int, int, int]:
    runs = studies.trial_runs(answer, arm)
    tracker = Tracker(uri, studies.study_head(answer, arm), {run.key: run.name for run in runs})
    n_written = sum(tracker.child(run, {}) for run in runs)
    n_removed = tracker.keep_only(run.key for run in runs)
    tracker.describe(
        studies.study_metrics(answer, arm),
        {"mlflow.note.content": studies.study_note(answer, arm)},
        params=studies.study_params(answer, arm),
    )
    tracker.finish(finished, 0.0)
    return n_written, len(runs) - n_written, n_removed


def _remove_others(uri: str, experiment: str, heads: Collection[str]) -> int:
    """Delete studies that best.json no longer has, with their trials; return how many trials."""
    client = connect(uri)
    with telling(uri):
        found = client.get_experiment_by_name(experiment)
        if found is None:
            return 0
        n_trials = 0
        for kind in ("trial", "study"):
            page = client.search_runs([found.experiment_id], f"tags.kind = '{kind}'", max_results=10_000)
            gone = [run for run in page if run.data.tags.get(invocation_tag) not in heads]
            for run in gone:
                client.delete_run(run.info.run_id)
            n_trials += len(gone) if kind == "trial" else 0
        return n_trials
