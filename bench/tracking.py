"""What it costs a training to keep its numbers, and what it costs to bring them to MLflow."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import torch

from bench.comparison import Comparison, Effort, Quantity
from bench.method import Answer, Contender, Row, least_ratio
from bench.step import begun, data, works
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from benchmark.tracking.child_run import ChildRun
from benchmark.tracking.connection import connect
from benchmark.tracking.entities import metrics, params, tags
from benchmark.tracking.feed import Feed
from benchmark.tracking.head import Head
from benchmark.tracking.tracker import Tracker

names = ("loss", "error", "weight_norm", "val_loss", "val_error")
step_s = 5e-3  # of a step that these numbers are beside
most_share, most_each, most_replay = 1.0, 10.0, 1.1  # percent of it; µs a number; times `log_batch`
batch = "mlflow log_batch"
Found = Callable[[], float]  # what reads back the sum of the numbers that were kept
factors = json.dumps({"arm": "width", "data": "Digits", "model": "MLP", "model.width": 64, "training": "SGD"})


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield what a step pays, then what the store takes; the store lasts as long as they are measured."""
    with tempfile.TemporaryDirectory(prefix="lossbench-tracking-") as scratch:
        effort.tick("tracking: a store of MLflow")
        uri = f"sqlite:///{Path(scratch, 'mlflow.db')}"
        client = connect(uri)
        yield in_the_loop(client, Path(scratch), n_steps=effort.of(200, 5))
        yield afterwards(client, uri, n_steps=effort.of(100, 5))


def in_the_loop(client: Any, folder: Path, *, n_steps: int) -> Comparison:
    """Return the table of what a training pays that writes down five numbers at every step."""
    experiment, splits = client.create_experiment("in the loop"), data.load()
    each_step = [
        {name: float(1 + step + place) for place, name in enumerate(names)} for step in range(n_steps)
    ]
    total = sum(sum(found.values()) for found in each_step)
    training = SGD(batch_size=len(splits.train), lr=0.1, steps=n_steps)
    trajectory = training.begin(begun(works[0], splits, 0), splits, order_seed=0, augment_seed=0)
    ways: dict[str, Callable[[], Found]] = {
        "lossbench": lambda: kept(each_step, trajectory, folder / "journal.jsonl"),
        batch: lambda: logged(client, experiment, each_step, in_batches=True),
        "mlflow log_metric": lambda: logged(client, experiment, each_step, in_batches=False),
    }
    return Comparison(
        title="Five numbers written down at every step",
        note=f"{n_steps} steps without their training. Ours tests and keeps them as a training does, and hands them to "
        "the process that feeds MLflow when it ends; MLflow's own calls, into a sqlite file, wait for the disk. All "
        "numbers are read back and summed.",
        error_name="error of the sum",
        contenders=[
            contender(name, way, total, once=name not in ("lossbench", batch)) for name, way in ways.items()
        ],
        seeds=[0],
        quantities=partial(share, n_steps=n_steps),
    )


def afterwards(client: Any, uri: str, *, n_steps: int) -> Comparison:
    """Return the table of what it takes to bring a network into the store."""
    head = Head(
        id="bench", experiment="afterwards", name="bench", started=None, kind="suite", child="cell", tags={}
    )
    tracker, number = Tracker(uri, head, {}), count()
    points = tuple(
        (f"training/{place}", float(1 + place + step), step) for place in range(10) for step in range(n_steps)
    )
    total = sum(value for _, value, _ in points)

    def ours() -> Found:
        run = ChildRun(key=str(next(number)), name="cell", status="done", params=cell, points=points, tags={})
        tracker.child(run, {})
        return lambda: summed(client, tracker._children[run.key].run_id, {name for name, _, _ in points})

    def theirs() -> Found:
        made = client.create_run(tracker.experiment, run_name="cell")
        now = time.time_ns() // 10**6
        client.log_batch(
            made.info.run_id, metrics=metrics(points, now), params=params(cell), tags=tags({"kind": "cell"})
        )
        client.set_terminated(made.info.run_id)
        return lambda: summed(client, made.info.run_id, {name for name, _, _ in points})

    cell = {"arm": "width", "seed": "0"}
    return Comparison(
        title="A network brought to MLflow",
        note=f"{len(points)} numbers of one run, with its parameters and tags, into a sqlite file: ours so that "
        "doing it again changes nothing, beside a run that is made, filled by one call, and ended. "
        "All numbers are read back.",
        error_name="error of the sum",
        contenders=[contender("lossbench", ours, total), contender(batch, theirs, total)],
        seeds=[0],
        quantities=lambda rows: [
            Quantity(name=f"beside {batch}", value=least_ratio(rows, batch), most=most_replay)
        ],
    )


def contender(name: str, way: Callable[[], Found], total: float, *, once: bool = False) -> Contender:
    """Return a contender whose numbers are read back after the clock has stopped."""
    last: list[Found] = []

    def solve(_: int) -> Answer:
        last[:] = [way()]
        return Answer(values=torch.zeros(()))

    return Contender(
        name=name,
        version="",
        settings="",
        solve=solve,
        error=lambda answers: abs(last[0]() - total) / total,
        tolerance=1e-9,
        once=once,
    )


def kept(each_step: Sequence[Mapping[str, float]], trajectory: Trajectory, journal: Path) -> Found:
    """Keep numbers as a training does, and write them into a journal as a run does when a cell has ended."""
    trajectory.step, trajectory.status = 0, "running"
    trajectory.history.clear()
    for found in each_step:
        trajectory.step += 1
        trajectory.record(found)
    with journal.open("wb", buffering=0) as file:
        Feed(journal=journal, file=cast(Any, file), feeder=cast(Any, None)).cell(
            rows_of(trajectory.history), {}
        )
    return lambda: sum(row["value"] for row in json.loads(journal.read_bytes())["rows"])


def rows_of(history: Sequence[Mapping[str, float]]) -> list[dict[str, Any]]:
    """Return the records of a history, in the schema of the tables."""
    frame = {
        "suite": "width",
        "profile": "ci",
        "cells": ["0" * 64],
        "factors": factors,
        "seed": 0,
        "status": "done",
    }
    frame |= {
        "measure": "history",
        "label": "history",
        "options": "{}",
        "reason": "",
        "device": "cpu",
        "unit": "",
    }
    return [
        frame | {"quantity": name, "index": json.dumps({"step": found["step"]}), "value": found[name]}
        for found in history
        for name in names
    ]


def logged(
    client: Any, experiment: str, each_step: Sequence[Mapping[str, float]], *, in_batches: bool
) -> Found:
    """Hand numbers to MLflow as they come: those of a step in one call, or each in its own."""
    run_id = client.create_run(experiment).info.run_id
    for step, found in enumerate(each_step):
        if in_batches:
            now = time.time_ns() // 10**6
            client.log_batch(
                run_id, metrics=metrics([(name, value, step) for name, value in found.items()], now)
            )
            continue
        for name, value in found.items():
            client.log_metric(run_id, name, value, step=step)
    client.set_terminated(run_id)
    return lambda: summed(client, run_id, set(names))


def summed(client: Any, run_id: str, keys: set[str]) -> float:
    """Return the sum of all numbers that a run in MLflow has."""
    return float(sum(point.value for key in keys for point in client.get_metric_history(run_id, key)))


def share(rows: Sequence[Row], *, n_steps: int) -> list[Quantity]:
    """Return what our keeping takes of a step, and for a number."""
    step = min(rows[0].wall) / n_steps
    return [
        Quantity(
            name=f"of a step of {1e3 * step_s:g} ms", value=100 * step / step_s, unit="%", most=most_share
        ),
        Quantity(name="a number", value=1e6 * step / len(names), unit="µs", most=most_each),
    ]
