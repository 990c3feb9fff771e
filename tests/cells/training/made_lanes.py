"""Trainings that can be lanes: networks, specs and data, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import Task, classification
from benchmark.cells.models.layers import SpatialMean, draw_kaiming
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.signal_cnn import SignalCNN
from benchmark.cells.models.signal_resnet import SignalResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.streams import generator
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.lanes import advance
from benchmark.cells.training.sgd import SGD
from benchmark.cells.training.trajectory import Trajectory
from tests.cells.models.networks import Model, built


@dataclass(frozen=True)
class SignalNet:
    """Three convolutions of a signal of 20 values, no two of them alike, and a linear layer on all that comes out."""

    width: int = 5

    def build(self, task: Task) -> nn.Module:
        first = nn.Conv1d(task.input_shape[0], self.width, 5, stride=2, padding=1)
        second = nn.Conv1d(self.width, 17, 3, stride=2, padding=2, bias=False)
        third = nn.Conv1d(17, self.width, 2)
        convolutions = nn.Sequential(first, nn.ReLU(), second, nn.Tanh(), third, nn.ReLU())
        head = nn.Linear(5 * self.width, task.n_outputs)
        network = nn.Sequential(convolutions, nn.Flatten(), head)
        draw_kaiming(network)
        return network


@dataclass(frozen=True)
class MeanNet:
    """A convolution of a signal, its means over the places with nothing in between, and a linear layer."""

    def build(self, task: Task) -> nn.Module:
        first = nn.Conv1d(task.input_shape[0], 5, 3)
        network = nn.Sequential(first, SpatialMean(), nn.Linear(5, task.n_outputs))
        draw_kaiming(network)
        return network


plain = SGD(batch_size=7, lr=0.05, epochs=3)
Lane = Model | SignalNet | MeanNet
networks: dict[str, Lane] = {
    "plain": MLP(width=13),
    "deep, tanh": MLP(width=7, depth=5, activation="tanh"),
    "skip, gelu": MLP(width=10, depth=4, skip=True, activation="gelu"),
    "batch norm and skip": MLP(width=9, depth=3, norm="batch", skip=True),
    "mup": MLP(width=12, parametrization="mup", base_width=5),
    "linear": MLP(depth=0),
    "pictures": SmallCNN(width=3),
    "signals": SignalNet(),
    "signals, the paper's": SignalCNN(width=5),
}
residual = ResNet(depth=8, width=3)
residuals: dict[str, Lane] = {
    "pictures": residual,
    "signals": SignalResNet(depth=8, width=3),
    "signals, no norm": SignalResNet(depth=8, width=5, norm="none", scaled_branches=True),
    "signals, no skip": SignalResNet(depth=8, width=3, norm="none", skip=False),
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


def vectors(seed: int, dtype: torch.dtype, n_outputs: int = 3, shape: tuple[int, ...] = (11,)) -> Splits:
    """Return splits of inputs of a shape, drawn for one lane; an odd number of features, if nothing is said."""
    stream = generator(seed, "vectors")

    def drawn(n_examples: int) -> Examples:
        inputs = torch.randn(n_examples, *shape, generator=stream, dtype=dtype)
        return Examples(inputs=inputs, targets=torch.randint(n_outputs, (n_examples,), generator=stream))

    task = classification(
        input_shape=shape, n_outputs=n_outputs, kind="images" if len(shape) == 3 else "vectors"
    )
    return Splits(train=drawn(n_train), val=drawn(5), test=drawn(2), task=task)


def lane(model: Lane, spec: SGD | Adam, seed: int, dtype: torch.dtype, **options: Any) -> Trajectory:
    """Return a training at its first step, of inputs such as the model reads."""
    signal = (2, 20)
    shapes: dict[type, tuple[int, ...]] = {MLP: (11,)}
    shapes |= dict.fromkeys((SignalNet, MeanNet, SignalCNN, SignalResNet), signal)
    splits = vectors(seed, dtype, shape=shapes.get(type(model), (2, 9, 8)))
    module = built(model, splits.task, seed).to(dtype)  # type: ignore[arg-type]
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
