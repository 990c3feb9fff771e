"""The fixed networks on which tools are compared: small enough for a dense Hessian, not at a special point."""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from benchmark.cells.data.task import classification
from benchmark.landscape.loss import Landscape
from benchmark.landscape.trained import Trained
from benchmark.landscape.weights import flatten, named_weights, unflatten
from tests.toys import trained

n_examples = 60
Batches = list[tuple[Tensor, Tensor]]


@cache
def network() -> Trained:
    """Return 6 - 10 - 8 - 4 with tanh, 194 weights, float64, after 20 steps on 60 random examples."""
    generator = torch.Generator().manual_seed(0)
    module = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 4)).double()
    for weight in module.parameters():
        nn.init.normal_(weight, std=0.5, generator=generator)
    inputs = torch.randn(n_examples, 6, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 4, (n_examples,), generator=generator)
    for _ in range(20):
        slopes = torch.autograd.grad(cross_entropy(module(inputs), targets), list(module.parameters()))
        with torch.no_grad():
            for weight, slope in zip(module.parameters(), slopes, strict=True):
                weight.sub_(slope, alpha=0.5)
    task = classification(input_shape=(6,), n_outputs=4, kind="vectors")
    return trained(module, inputs, targets, task=task)


def landscape() -> Landscape:
    """Return the network's L over all its examples."""
    return network().landscape()


def single() -> tuple[nn.Module, Tensor, Tensor]:
    """Return a copy of the network and its examples in float32, as the tools are used to."""
    train = network().splits.train
    lower = Landscape(network().module, train, network().splits.task, dtype=torch.float32)
    module = nn.Sequential(nn.Linear(6, 10), nn.Tanh(), nn.Linear(10, 8), nn.Tanh(), nn.Linear(8, 4))
    module.load_state_dict(unflatten(lower.theta, lower.like))
    return module.eval(), lower.examples.inputs, lower.examples.targets


def batches(*sizes: int) -> Batches:
    """Return the examples in batches of the given sizes."""
    train = network().splits.train
    return list(
        zip(torch.split(train.inputs, list(sizes)), torch.split(train.targets, list(sizes)), strict=True)
    )


def written_out_loss(theta_P: Tensor) -> Tensor:
    """Return the network's mean loss at `theta_P`, without any code of ours that computes losses."""
    module, train = network().module, network().splits.train
    outputs = functional_call(module, unflatten(theta_P, named_weights(module)), (train.inputs,))
    return cross_entropy(outputs, train.targets)


@cache
def brute_force_hessian() -> Tensor:
    """Return the Hessian row by row, shape (P, P); `torch.func.hessian` would take seconds of imports everywhere."""
    theta_P = flatten(named_weights(network().module)).requires_grad_()
    (gradient_P,) = torch.autograd.grad(written_out_loss(theta_P), theta_P, create_graph=True)
    return torch.stack([torch.autograd.grad(entry, theta_P, retain_graph=True)[0] for entry in gradient_P])
