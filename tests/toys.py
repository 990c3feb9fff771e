"""Networks and losses small enough for closed forms, in float64."""

from __future__ import annotations

import copy
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from benchmark.cells.cell import Cell
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import Task, classification, squared_error
from benchmark.landscape.loss import Landscape
from benchmark.landscape.trained import Trained

direct_loss = Task(
    kind="vectors",
    input_shape=(1,),
    n_outputs=1,
    classes=None,
    loss=lambda outputs, targets: outputs,
    error=None,
)


class Surface(nn.Module):
    """A "network" whose output for an input x is its loss there, loss(w, x)."""

    def __init__(self, weights: Tensor, loss: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights.double())
        self.loss = loss

    def forward(self, inputs_B: Tensor) -> Tensor:
        return self.loss(self.weights, inputs_B)


def tensor(*values: Any) -> Tensor:
    """Return a float64 vector (or, from lists, a matrix)."""
    return torch.tensor(values, dtype=torch.float64)


def quadratic(
    curvatures: Tensor, weights: Tensor, *, minimum: Tensor | None = None, constant: float = 0.0
) -> Trained:
    """Return weights on 0.5 sum_i l_i (w_i - m_i)^2 + constant, the same for two examples."""
    centre = torch.zeros_like(weights) if minimum is None else minimum

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (0.5 * (curvatures * (w - centre).square()).sum() + constant).expand(len(inputs_B))

    return trained(Surface(weights, loss), torch.zeros(2, 1).double(), task=direct_loss)


def linear(weights: Tensor, slopes_NP: Tensor) -> Trained:
    """Return weights on the loss x'w, with one example per row x of `slopes_NP`."""
    return trained(Surface(weights, lambda w, inputs_BP: inputs_BP @ w), slopes_NP, task=direct_loss)


def trained(
    module: nn.Module,
    inputs: Tensor,
    targets: Tensor | None = None,
    *,
    task: Task,
    training: Any = "some",
    history: list[dict[str, float]] | None = None,
) -> Trained:
    """Return `module` as a finished cell whose splits are all the given examples."""
    targets = torch.zeros(len(inputs), dtype=torch.int64) if targets is None else targets
    examples = Examples(inputs=inputs, targets=targets)
    return Trained(
        cell=Cell(data="toy", model="toy", training=training),
        module=module.eval(),
        initial=copy.deepcopy(module.state_dict()),
        splits=Splits(train=examples, val=examples.take(slice(0, 0)), test=examples, task=task),
        history=history or [],
    )


def classifier(*layers: nn.Module, n_examples: int = 30, seed: int = 0) -> Trained:
    """Return a stack of layers from 4 inputs to 3 classes on random examples, its weights drawn anew."""
    generator = torch.Generator().manual_seed(seed)
    module = nn.Sequential(*layers).double()
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.7, generator=generator)
    inputs = torch.randn(n_examples, 4, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 3, (n_examples,), generator=generator)
    return trained(
        module, inputs, targets, task=classification(input_shape=(4,), n_outputs=3, kind="vectors")
    )


def relu_net(seed: int = 0, n_examples: int = 30) -> Trained:
    """Return 4 - 6 - 5 - 3 with ReLU: 83 weights."""
    layers = (nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
    return classifier(*layers, n_examples=n_examples, seed=seed)


def batch_norm_net(seed: int = 0, n_examples: int = 32) -> Trained:
    """Return a network with one batch norm whose running statistics differ from those of its examples."""
    norm = nn.BatchNorm1d(6)
    net = classifier(nn.Linear(4, 6), norm, nn.ReLU(), nn.Linear(6, 3), n_examples=n_examples, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    norm.running_mean = torch.randn(6, generator=generator, dtype=torch.float64)
    norm.running_var = 0.5 + torch.rand(6, generator=generator, dtype=torch.float64)
    return net


def perceptron(module: nn.Module, *, n_examples: int = 13, kind: str = "classes") -> Trained:
    """Return a network of 5 inputs and 3 outputs, in its own precision, on random examples.

    `kind` is that of its loss: "classes" for cross-entropy, "numbers" for squared error, or "own" for one that torch
    does not have.
    """
    dtype, generator = next(module.parameters()).dtype, torch.Generator().manual_seed(0)
    inputs = torch.randn(n_examples, 5, generator=generator, dtype=torch.float64).to(dtype)
    if kind == "classes":
        return Trained.of(module, inputs, torch.arange(n_examples) % 3)
    targets = torch.randn(n_examples, 3, generator=generator, dtype=torch.float64).to(dtype)
    return Trained.of(module, inputs, targets, loss=squared_error if kind == "numbers" else cauchy)


def cauchy(outputs_BK: Tensor, targets_BK: Tensor) -> Tensor:
    """Return log(1 + ||y - t||^2) of every example, of outputs in one piece of memory."""
    numbers = (outputs_BK.view(-1) - targets_BK.view(-1)).square()
    return numbers.view(outputs_BK.shape).sum(1).log1p()


def with_weights(net: Trained, weights: dict[str, Tensor]) -> Trained:
    """Return the same network and data with other weights."""
    module = copy.deepcopy(net.module)
    module.load_state_dict(weights)
    return trained(module, net.splits.train.inputs, net.splits.train.targets, task=net.splits.task)


def values(result: Any) -> SimpleNamespace:
    """Return a result's readings (without index) as attributes."""
    return SimpleNamespace(**{reading.quantity: reading.value for reading in result.readings})


def dense_hessian(landscape: Landscape) -> Tensor:
    """Return the Hessian at the centre from one product per basis vector, shape (P, P)."""
    product = landscape.hessian(landscape.theta)
    return torch.stack([product(row) for row in torch.eye(landscape.n_weights).to(landscape.theta)])
