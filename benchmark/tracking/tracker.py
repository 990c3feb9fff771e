"""Writes one parent run and its children into an MLflow store, so that writing them again changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.store.files import sha256, to_json
from benchmark.tracking import entities, experiments
from benchmark.tracking.child_run import ChildRun
from benchmark.tracking.connection import connect, telling
from benchmark.tracking.head import DataSets, Head

content_tag = "content"  # set last; a run without it was interrupted
parent_tag = "mlflow.parentRunId"
invocation_tag = "invocation"  # the parent's id, also on its children
finished, failed, killed = "FINISHED", "FAILED", "KILLED"
ends = {"done": finished, "pruned": killed}  # by the status of a child; all others failed


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A child run as it lies in the store; `content` is None when it was interrupted."""

    run_id: str
    parent: str | None
    started: int
    content: str | None


class Tracker:
    """A parent run in MLflow, and a child run for every cell or trial.

    Runs are found by their tag `invocation` and the tag that their kind names. A child whose `content` is equal is
    left alone, an interrupted one is filled, one that says something else is replaced, and doubles (two writers at
    once, or a request that a slow server carried out twice) are deleted. Nothing is read back into the benchmark.

    Raises:
        TrackingUnavailable: from every method, when the store is out of reach.
    """

    def __init__(self, uri: str, head: Head, names: Mapping[str, str]) -> None:
        """Find or create the experiment and the parent run.

        Args:
            uri: of the store.
            head: what the parent stands for.
            names: key -> run name of every child, in reading order.
        """
        self.uri, self.head = uri, head
        self._place = {key: place for place, key in enumerate(reversed(list(names)), start=1)}
        self._client = connect(uri)
        with telling(uri):
            self.experiment = experiments.find(self._client, uri, head)
            self._children: dict[str, Stored] = {}
            self.parent = self._find_runs() or self._create_parent()
            self._adopt()

    def child(self, run: ChildRun, data: DataSets) -> bool:
        """Bring one child in line; return whether there was anything to do."""
        known = self._children.get(run.key)
        content = sha256(to_json([run.content, data]))[:16]
        if known and known.content == content:
            return False
        with telling(self.uri):
            if known and known.content is not None:
                self._delete(known.run_id)
                known = None
            child = known or self._create_child(run)
            self._children[run.key] = child
            self._fill(child, run, data, {} if known is None else run.tags)
            self._client.set_tag(child.run_id, content_tag, content)
            self._children[run.key] = replace(child, content=content)
        return True

    @property
    def n_children(self) -> int:
        """How many children are in the store."""
        return len(self._children)

    def keep_only(self, keys: Iterable[str]) -> int:
        """Delete children with other keys than these; return how many."""
        gone = sorted(set(self._children) - set(keys))
        with telling(self.uri):
            for key in gone:
                self._delete(self._children.pop(key).run_id)
        return len(gone)

    def describe(
        self,
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        *,
        params: Mapping[str, str] | None = None,
        owned: str | None = None,
    ) -> None:
        """Set what the parent is given; tags with the prefix `owned` that are not given are removed."""
        run_id, now = self.parent.info.run_id, time.time_ns() // 10**6
        before = self.parent.data
        with telling(self.uri):
            for tag in before.tags:
                if owned and tag.startswith(owned) and tag not in tags:
                    self._client.delete_tag(run_id, tag)
            new_metrics = [(k, v, 0) for k, v in sorted(metrics.items()) if before.metrics.get(k) != v]
            every = {**self._parent_tags, **tags}
            self._client.log_batch(
                run_id,
                metrics=entities.metrics(new_metrics, now),
                params=entities.params(_new(params or {}, before.params)),
                tags=entities.tags(_new(every, before.tags)),
            )
            known = self.parent.info.run_name
            if known != self.head.name and not known.startswith(
                f"{self.head.name} @ "
            ):  # the commit may be forgotten
                self._client.update_run(run_id, name=self.head.name)
            self.parent = self._client.get_run(run_id)

    def attach(self, folder: str, files: Mapping[str, Path]) -> None:
        """Upload files (name -> path) into a folder of the parent's artifacts, unless they are there."""
        if not files:
            return
        run_id, tag = self.parent.info.run_id, f"{content_tag}.{folder}"
        content = sha256(to_json({name: sha256(path.read_bytes()) for name, path in files.items()}))[:16]
        if self.parent.data.tags.get(tag) == content:
            return
        with telling(self.uri):
            for name, path in files.items():
                within = Path(folder, name).parent.as_posix()
                self._client.log_artifact(run_id, str(path), within)
            self._client.set_tag(run_id, tag, content)

    def begin(self) -> None:
        """Mark the parent as running, also when it ran before."""
        with telling(self.uri):
            self._client.update_run(self.parent.info.run_id, status="RUNNING", name=self.head.name)

    def finish(self, status: str, seconds: float | None) -> None:
        """End the parent, which took so long; None leaves the end that it has, where it has one."""
        info = self.parent.info
        took = (info.end_time or info.start_time) - info.start_time if seconds is None else 1000 * seconds
        with telling(self.uri):
            self._end(info.run_id, status, info.start_time, took / 1000)

    def set_views(self, tags: Mapping[str, str]) -> None:
        """Set the experiment's tags that hold its saved views."""
        with telling(self.uri):
            experiments.set_tags(self._client, self.experiment, tags)

    def _find_runs(self) -> Any:
        """Read the runs of this head; return the parent, if there is one."""
        parents: list[Any] = []
        token: str | None = None
        while True:
            page = self._client.search_runs(
                [self.experiment],
                f"tags.{invocation_tag} = '{self.head.id}'",
                max_results=1000,
                order_by=["attributes.start_time ASC", "attributes.run_id ASC"],
                page_token=token,
            )
            for run in page:
                key = run.data.tags.get(self.head.child)
                if key is None:
                    parents.append(run)
                else:
                    self._keep_one(key, _stored(run))
            token = page.token
            if not token:
                break
        for double in parents[1:]:
            self._delete(double.info.run_id)
        return parents[0] if parents else None

    def _keep_one(self, key: str, run: Stored) -> None:
        known = self._children.get(key)
        if known and (known.content is not None or run.content is None):
            self._delete(run.run_id)
            return
        if known:
            self._delete(known.run_id)
        self._children[key] = run

    def _adopt(self) -> None:
        """Put children under the parent that is there: theirs was deleted, by a person or as a double."""
        parent = self.parent.info.run_id
        for key, child in self._children.items():
            if child.parent != parent:
                self._client.set_tag(child.run_id, parent_tag, parent)
                self._children[key] = replace(child, parent=parent)

    @property
    def _tags(self) -> dict[str, str]:
        return {invocation_tag: self.head.id, **self.head.tags}

    @property
    def _parent_tags(self) -> dict[str, str]:
        return self._tags | {"kind": self.head.kind} | dict(self.head.own_tags)

    def _create_parent(self) -> Any:
        started = self.head.started or time.time_ns() // 10**6
        run = self._client.create_run(
            self.experiment, start_time=started, run_name=self.head.name, tags=self._parent_tags
        )
        self._client.log_inputs(run.info.run_id, datasets=entities.data_sets(self.head.data))
        return run

    def _create_child(self, run: ChildRun) -> Stored:
        # A millisecond apart, so that the page, newest first, lists children in reading order.
        started = self.parent.info.start_time + self._place.get(run.key, 0)
        own = {"kind": self.head.child, self.head.child: run.key, parent_tag: self.parent.info.run_id}
        tags = {**self._tags, **own, **run.tags}  # here they cost no transaction of their own
        created = self._client.create_run(self.experiment, start_time=started, run_name=run.name, tags=tags)
        return _stored(created)

    def _fill(self, child: Stored, run: ChildRun, data: DataSets, tags: Mapping[str, str]) -> None:
        # One timestamp: of two equal points the store keeps one, so filling an interrupted run doubles nothing.
        run_id = child.run_id
        self._client.log_batch(
            run_id,
            metrics=entities.metrics(run.points, child.started),
            params=entities.params(run.params),
            tags=entities.tags(tags),
        )
        self._client.log_inputs(run_id, datasets=entities.data_sets(data))
        self._end(run_id, ends.get(run.status, failed), child.started, run.seconds)

    def _end(self, run_id: str, status: str, started: int, seconds: float) -> None:
        self._client.set_terminated(run_id, status, started + max(1, round(1000 * seconds)))

    def _delete(self, run_id: str) -> None:
        self._client.delete_run(run_id)


def _new(wanted: Mapping[str, str], present: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in wanted.items() if present.get(name) != value}


def _stored(run: Any) -> Stored:
    tags, info = run.data.tags, run.info
    return Stored(
        run_id=info.run_id,
        parent=tags.get(parent_tag),
        started=info.start_time,
        content=tags.get(content_tag),
    )
