"""Trainings that can be lanes: networks, specs and data, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import classification
from benchmark.cells.models.mlp import MLP
from benchmark.cells.streams import generator
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.lanes import advance
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import built

plain = SGD(batch_size=7, lr=0.05, epochs=3)
networks = {
    "plain": MLP(width=13),
    "deep, tanh": MLP(width=7, depth=5, activation="tanh"),
    "skip, gelu": MLP(width=10, depth=4, skip=True, activation="gelu"),
    "batch norm and skip": MLP(width=9, depth=3, norm="batch", skip=True),
    "mup": MLP(width=12, parametrization="mup", base_width=5),
    "linear": MLP(depth=0),
}
specs: dict[str, SGD | Adam] = {
    "gradient descent": plain,
    "Nesterov's momentum and weight decay": replace(plain, momentum=0.9, nesterov=True, weight_decay=0.01),
    "momentum and a schedule": replace(plain, momentum=0.5, schedule="cosine", warmup_steps=3),
    "Adam": Adam(batch_size=7, lr=0.01, epochs=3, weight_decay=0.1),
}
every_network = pytest.mark.parametrize("model", networks.values(), ids=networks.keys())
every_spec = pytest.mark.parametrize("spec", specs.values(), ids=specs.keys())
both_precisions = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=["float32", "float64"])
n_train = 31  # a last batch of 3


def vectors(seed: int, dtype: torch.dtype, n_outputs: int = 3) -> Splits:
    """Return splits of an odd number of features, drawn for one lane."""
    stream = generator(seed, "vectors")

    def drawn(n_examples: int) -> Examples:
        inputs = torch.randn(n_examples, 11, generator=stream, dtype=dtype)
        return Examples(inputs=inputs, targets=torch.randint(n_outputs, (n_examples,), generator=stream))

    task = classification(input_shape=(11,), n_outputs=n_outputs, kind="vectors")
    return Splits(train=drawn(n_train), val=drawn(5), test=drawn(2), task=task)


def lane(model: MLP, spec: SGD | Adam, seed: int, dtype: torch.dtype, **options: Any) -> Trajectory:
    splits = vectors(seed, dtype)
    module = built(model, splits.task, seed).to(dtype)
    return replace(spec, **options).begin(module, splits, order_seed=seed, augment_seed=0)


def varied(spec: SGD | Adam, seed: int) -> dict[str, Any]:
    """Return what may differ between lanes, by the seed."""
    decay = {"weight_decay": 0.01 + 0.001 * seed} if spec.weight_decay else {}
    momentum = {"momentum": 0.4 + 0.02 * seed} if isinstance(spec, SGD) and spec.momentum else {}
    return {"lr": spec.lr * (1 + 0.1 * seed)} | decay | momentum


def drive(group: Sequence[Trajectory]) -> Sequence[Trajectory]:
    """Take all steps that are left, together."""
    while running := [one for one in group if not one.finished]:
        advance(running)
    return group


def bytes_of(trajectory: Trajectory) -> dict[str, Any]:
    tensors, meta = trajectory.state()
    return {name: value.contiguous().numpy().tobytes() for name, value in tensors.items()} | meta


def together(made: Iterable[Trajectory]) -> list[dict[str, Any]]:
    return [bytes_of(one) for one in drive(list(made))]
