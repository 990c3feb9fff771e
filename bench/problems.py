"""The networks and data on which tools are compared: synthetic, the same numbers on every machine up to rounding.

Legend of shape suffixes: N examples, P weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from benchmark.cells.data.splits import Examples
from benchmark.cells.data.task import Task, classification
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.landscape.loss import Landscape


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """A network, trained for some steps, and the examples that its loss is the mean over (float32)."""

    name: str
    module: nn.Module
    inputs: Tensor
    targets: Tensor
    task: Task

    @property
    def n_weights(self) -> int:
        """Number of weights P."""
        return sum(weight.numel() for weight in self.module.parameters())

    @property
    def description(self) -> str:
        """Name, size and precision, in words."""
        return f"{self.name}, {self.n_weights:,} weights, {len(self.inputs):,} examples, float32"

    @property
    def examples(self) -> Examples:
        """The inputs and targets."""
        return Examples(inputs=self.inputs, targets=self.targets)

    def landscape(self, dtype: torch.dtype | None = None) -> Landscape:
        """Return L over all examples, centred at the weights; `dtype` converts it (float64 for truths)."""
        return Landscape(self.module, self.examples, self.task, dtype=dtype)


@cache
def dense_hessian(problem: Problem) -> Tensor:
    """Return the Hessian in float64, shape (P, P), by differentiating twice without the package's own products."""
    chunks = zip(torch.split(problem.inputs, 500), torch.split(problem.targets, 500), strict=True)
    parts = [_hessian_of(problem.module, x.double(), y) * len(x) for x, y in chunks]
    matrix_PP = torch.stack(parts).sum(0) / len(problem.inputs)
    return (matrix_PP + matrix_PP.T) / 2


@cache
def small_mlp() -> Problem:
    """Return 20 - 32 - 32 - 5 with tanh, 1,893 weights, on 2,000 examples of 5 clusters, half trained."""
    module = nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 5))
    return _trained("MLP 20-32-32-5 (tanh)", module, (20,), n_outputs=5, n_examples=2000, n_steps=20)


@cache
def wide_mlp(n_examples: int = 2000) -> Problem:
    """Return 784 - 256 - 64 - 10 with ReLU on examples of 10 clusters."""
    module = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 64), nn.ReLU(), nn.Linear(64, 10)
    )
    return _trained("MLP 784-256-64-10", module, (784,), n_outputs=10, n_examples=n_examples, n_steps=10)


@cache
def small_cnn(n_examples: int = 2000) -> Problem:
    """Return three convolutions of 8, 16 and 32 channels on pictures of 16 x 16 of 10 clusters."""
    task = classification(input_shape=(1, 16, 16), n_outputs=10, kind="images")
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = SmallCNN(width=8).build(task)
    return _trained(
        "CNN 8-16-32 (16x16)", module, (1, 16, 16), n_outputs=10, n_examples=n_examples, n_steps=60
    )


def _trained(
    name: str, module: nn.Module, shape: tuple[int, ...], *, n_outputs: int, n_examples: int, n_steps: int
) -> Problem:
    """Draw weights and clustered examples from seed 0 and take steps of momentum on all of them."""
    generator = torch.Generator().manual_seed(0)
    for weight in module.parameters():
        scale = (
            (2 / weight[0].numel()) ** 0.5 if weight.dim() > 1 else 0.01
        )  # loss-landscapes divides by ||bias||
        nn.init.normal_(weight, std=scale / 2**0.5, generator=generator)
    centres = torch.randn(n_outputs, *shape, generator=generator)
    distance = 3 / centres[0].numel() ** 0.5  # so that clusters overlap, and the loss is far above rounding
    targets = torch.randint(0, n_outputs, (n_examples,), generator=generator)
    inputs = distance * centres[targets] + torch.randn(n_examples, *shape, generator=generator)
    _descend(module, inputs, targets, n_steps)
    task = classification(
        input_shape=shape, n_outputs=n_outputs, kind="images" if len(shape) > 1 else "vectors"
    )
    return Problem(name=name, module=module.eval(), inputs=inputs, targets=targets, task=task)


def _descend(module: nn.Module, inputs: Tensor, targets: Tensor, n_steps: int) -> None:
    """Take full-batch steps of momentum by hand: the first use of `torch.optim` costs seconds of imports."""
    weights = list(module.parameters())
    velocities = [torch.zeros_like(weight) for weight in weights]
    for _ in range(n_steps):
        slopes = torch.autograd.grad(cross_entropy(module(inputs), targets), weights)
        with torch.no_grad():
            for weight, velocity, slope in zip(weights, velocities, slopes, strict=True):
                weight.sub_(velocity.mul_(0.9).add_(slope), alpha=0.1)


def _hessian_of(module: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    weights = {name: weight.detach().double() for name, weight in module.named_parameters()}
    theta_P = torch.cat([weight.reshape(-1) for weight in weights.values()]).requires_grad_()
    pieces = torch.split(theta_P, [weight.numel() for weight in weights.values()])
    state = {name: piece.view(weights[name].shape) for name, piece in zip(weights, pieces, strict=True)}
    loss = cross_entropy(functional_call(module, state, (inputs,)), targets)
    (gradient_P,) = torch.autograd.grad(loss, theta_P, create_graph=True)
    basis_PP = torch.eye(theta_P.numel(), dtype=torch.float64)
    return torch.stack(
        [torch.autograd.grad(gradient_P, theta_P, row_P, retain_graph=True)[0] for row_P in basis_PP]
    )
