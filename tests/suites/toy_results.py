"""What each measure makes of toy networks: which quantities at which indices, and which arrays.

Found out by running it, so that a new measure need be listed nowhere.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from benchmark.cells.cell import Cell
from benchmark.cells.data.digits import Digits
from benchmark.cells.models.mlp import MLP
from benchmark.cells.training.sgd import SGD
from benchmark.landscape.trained import Trained
from benchmark.measures.measure import Measure, Result
from benchmark.suite.plan import Job

least_counted = 5  # of whatever a measure counts by an option `n_...`; odd, as a grid wants it
n_states = 6  # of those that a measure reads, the first so many
results: dict[tuple[str, int], Result] = {}


def toy_result(job: Job) -> Result:
    """Return what a job's measure makes of toy networks, on the few examples that these have and counting little."""
    key = (job.measure.label, len(job.cells))
    if key not in results:
        steps = tuple(sorted(set(job.measure.states(job.cells[0])) | {0}))[:n_states]
        networks = [toy(place, steps) for place in range(len(job.cells))]
        results[key] = replace(job.measure, options=counting_less(job.measure)).compute(*networks)
    return results[key]


def counting_less(measure: Measure) -> Mapping[str, Any]:
    """Return a measure's options, with few of what they count and with all examples that there are."""
    counts = {
        name: min(value, least_counted)
        for name, value in measure.options.items()
        if name.startswith("n_") and isinstance(value, int)
    }
    return {**measure.options, **counts} | ({"n_examples": None} if "n_examples" in counts else {})


@functools.cache
def toy(place: int, steps: tuple[int, ...]) -> Trained:
    """Return one of several networks on the same digits, with its weights after some of its steps."""
    data, training = Digits(n_train=130, n_test=40), SGD(batch_size=13, lr=0.1, epochs=5)
    cell = Cell(data=data, model=MLP(width=16, depth=1), training=training, init_seed=place)
    splits = data.load()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(place)
        module = cell.model.build(splits.task).eval()
    states = [copy.deepcopy(module.state_dict())]
    optimizer = torch.optim.SGD(module.parameters(), lr=training.lr, momentum=0.9)
    for _ in range(n_states):
        optimizer.zero_grad()
        splits.task.loss(module(splits.train.inputs), splits.train.targets).mean().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        states.append(copy.deepcopy(module.state_dict()))
    optimizer.zero_grad()
    return Trained(
        cell=cell, module=module, initial=states[0], splits=splits, history=[{"step": step} for step in steps],
        checkpoint=dict(zip(steps, states, strict=False)).__getitem__,
    )  # fmt: skip
