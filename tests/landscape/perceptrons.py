"""Networks whose passes are written out, and what is asked of them."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from benchmark.cells.data.task import classification
from benchmark.cells.models.layers import Residual, Scale
from benchmark.cells.models.mlp import MLP
from benchmark.landscape.loss import Landscape
from benchmark.landscape.slices import Slice, random_slice
from benchmark.landscape.written_out import WrittenOut

task = classification(input_shape=(5,), n_outputs=3, kind="vectors")
models = (
    MLP(depth=0),
    MLP(width=7, depth=1),
    MLP(width=16, depth=2, activation="tanh"),
    MLP(width=9, depth=3, activation="gelu", skip=True),
    MLP(width=8, depth=4, activation="identity"),
    MLP(width=33, depth=5, activation="tanh", skip=True),
    MLP(width=6, depth=6),
    MLP(width=9, depth=2, activation="gelu", parametrization="mup", base_width=4),
    MLP(width=5, depth=3, activation="tanh", skip=True, parametrization="mup", base_width=2),
)


def networks(dtype: torch.dtype) -> list[nn.Module]:
    """Return networks of all kinds of layers, none of whose weights is zero."""
    torch.manual_seed(0)
    some = [
        nn.Sequential(nn.Linear(5, 4, bias=False), nn.Tanh(), nn.Linear(4, 3, bias=False)),
        nn.Sequential(nn.Identity(), nn.Sequential(Scale(0.5), nn.GELU()), nn.Linear(5, 6), nn.Linear(6, 3)),
        nn.Sequential(Residual(nn.Sequential(nn.Linear(5, 5), nn.Tanh()), scale=0.3), nn.Linear(5, 3)),
    ]
    every = [*(model.build(task) for model in models), *some]
    for weight in (weight for module in every for weight in module.parameters() if weight.dim() == 1):
        nn.init.normal_(weight, std=0.3)
    return [module.to(dtype) for module in every]


def one(dtype: torch.dtype = torch.float64, place: int = 5) -> nn.Module:
    return networks(dtype)[place]


def by_autograd_of(landscape: Landscape) -> Landscape:
    """Return the same landscape by autograd; the landscape itself is written out."""
    assert isinstance(landscape._passes, WrittenOut)
    other = copy.copy(landscape)
    other._passes = landscape._plain
    return other


def direction(like: Tensor) -> Tensor:
    return torch.randn(like.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(like)


found_at: dict[str, Callable[[Landscape, Tensor], Tensor]] = {
    "outputs": lambda landscape, theta: landscape.outputs(theta),
    "losses": lambda landscape, theta: landscape.losses(theta),
    "means": lambda landscape, theta: torch.tensor(landscape.loss_and_error(theta)),
    "loss": lambda landscape, theta: torch.tensor(landscape.loss_and_gradient(theta)[0]),
    "gradient": lambda landscape, theta: landscape.gradient(theta),
    "hessian": lambda landscape, theta: landscape.hessian(theta)(direction(theta)),
    "gauss_newton": lambda landscape, theta: landscape.gauss_newton(theta)(direction(theta)),
}


def points(landscape: Landscape, n_points: int) -> Tensor:
    return torch.stack([landscape.theta * (1 + 0.1 * step) for step in range(n_points)])


def plane(landscape: Landscape) -> Slice:
    return random_slice(landscape, torch.Generator().manual_seed(3), biases="kept")


places = [(0.2 * step - 1, 0.3 * (step % 3)) for step in range(23)]
