"""loss-landscapes 3.0.6 (PyPI): where its plane lies, and what it leaves behind.

Its metric is given the weights themselves as the value, so that every array of losses becomes an array of positions.

Legend of shape suffixes: I, J indices of the grid, P weights.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from bench.machine import version_of
from bench.peers import quiet
from benchmark.landscape.slices import random_slice
from benchmark.landscape.weights import flatten, named_weights, weight_mask
from tests.conformance.networks import landscape, single
from tests.conformance.rows import Agreement, Difference

tool = f"loss-landscapes {version_of('loss-landscapes')}"
n_steps = 5


def positions(module: nn.Module, **options: Any) -> Tensor:
    """Return the weights at which `random_plane` evaluates each entry of its array, shape (I, J, P), float64."""
    torch.manual_seed(0)
    with quiet():
        import loss_landscapes
        from loss_landscapes.metrics.metric import Metric

        class Position(Metric):  # type: ignore[misc]
            def __call__(self, wrapper: Any) -> Any:
                pieces = wrapper.get_module_parameters().parameters
                return torch.cat([piece.detach().reshape(-1) for piece in pieces]).double().numpy()

        array = loss_landscapes.random_plane(
            module, Position(), steps=n_steps, normalization="filter", **options
        )
    return torch.from_numpy(array)


@cache
def plane() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return positions (I, J, P), one step along each direction (P,), and the trained weights (P,)."""
    module = single()[0]
    points_IJP = positions(module, deepcopy_model=True)
    second_P = points_IJP[0, 1] - points_IJP[0, 0]
    first_P = (points_IJP[2, 0] - points_IJP[0, 0]) / 2  # two rows on, since odd rows are shifted
    return points_IJP, first_P, second_P, flatten(named_weights(module)).double()


def shift_of_odd_rows() -> float:
    """Return by how many steps odd rows lie before even ones."""
    points_IJP, first_P, second_P, _ = plane()
    odd = points_IJP[1] - points_IJP[0] - first_P
    return float(-(odd @ second_P).mean() / (second_P @ second_P))


def row_of_the_trained_point() -> float:
    """Return the index, of 0 to 4, at which the trained weights lie along the first direction."""
    return float(_coordinates()[0])


def column_of_the_trained_point() -> float:
    """Return the index, in even rows, at which the trained weights lie along the second direction."""
    return float(_coordinates()[1])


def distance_to_nearest_node() -> float:
    """Return the distance from the trained weights to the nearest evaluated ones, in steps of the plane."""
    points_IJP, first_P, _, theta_P = plane()
    return float((points_IJP - theta_P).norm(dim=-1).min() / first_P.norm())


def share_of_positive_entries() -> float:
    """Return the share of the first direction's entries that are positive."""
    return float((plane()[1] > 0).double().mean())


def our_share_of_positive_entries() -> float:
    """Return the same share of ours, among weights with filters."""
    surface = landscape()
    axis_P = random_slice(surface, torch.Generator().manual_seed(0)).axes[0]
    return float((axis_P[weight_mask(surface.like)] > 0).double().mean())


def ratio_of_extents() -> float:
    """Return the width of the plane for `distance=2` divided by that for `distance=1`."""
    module = single()[0]
    wide, narrow = (positions(module, deepcopy_model=True, distance=d) for d in (2, 1))
    return float((wide[0, -1] - wide[0, 0]).norm() / (narrow[0, -1] - narrow[0, 0]).norm())


def cosine_of_directions() -> float:
    """Return the cosine of the two directions, which the documentation calls orthogonal, after normalization."""
    return float(torch.nn.functional.cosine_similarity(plane()[1], plane()[2], dim=0))


def displacement() -> float:
    """Return how far the user's network is left from where it was, relative to its norm."""
    module = copy.deepcopy(single()[0])
    before = flatten(named_weights(module)).clone()
    positions(module)
    after = torch.cat([weight.detach().reshape(-1) for weight in module.parameters()])
    return float((after - before).norm() / before.norm())


def trainable_after() -> int:
    """Return how many of the network's parameters still ask for a gradient after a plane was drawn."""
    module = copy.deepcopy(single()[0])
    positions(module)
    return sum(weight.requires_grad for weight in module.parameters())


def share_in_biases() -> float:
    """Return the share of the squared length of the first direction that lies in biases."""
    _, first_P, _, _ = plane()
    biases = ~weight_mask(landscape().like)
    return float(first_P[biases].square().sum() / first_P.square().sum())


def plane_of_zero_biases() -> None:
    """Ask for a plane of a network whose biases are zero, which raises."""
    module = copy.deepcopy(single()[0])
    with torch.no_grad():
        module.get_parameter("0.bias").zero_()
    positions(module)


def _coordinates() -> Tensor:
    points_IJP, first_P, second_P, theta_P = plane()
    axes = torch.stack([first_P, second_P], 1)
    solution: Tensor = torch.linalg.lstsq(axes, (theta_P - points_IJP[0, 0])[:, None]).solution[:, 0]
    return solution


rows: tuple[Agreement | Difference, ...] = (
    Difference(
        tool=tool,
        quantity="first direction",
        theirs="uniform in [0, 1), every filter scaled to the norm of the network's own",
        ours="Gaussian (Li et al. 2018), scaled in the same way",
        measured=lambda: 100 * share_of_positive_entries(),
        wording="{:.0f} % of the entries are positive",
        why="`rand_u_like` draws it (`rand_n_like` is there, and not used): all weights move to the same side",
    ),
    Difference(
        tool=tool,
        quantity="first direction, biases",
        theirs="every entry has the size of the network's own bias",
        ours="zero (Li et al. 2018), or random",
        measured=lambda: 100 * share_in_biases(),
        wording="{:.1f} % of the squared length",
        within=0.02,
        why="a single bias counts as a filter",
    ),
    Difference(
        tool=tool,
        quantity="the two directions",
        theirs="made orthogonal before normalization, which undoes it",
        ours="independent, as drawn",
        measured=cosine_of_directions,
        wording="cosine {:.3f}",
        within=0.05,
        why="every filter is scaled by another factor",
    ),
    Difference(
        tool=tool,
        quantity="array of a plane",
        theirs="odd rows are evaluated one step before even rows",
        ours="entry [i, j] is the loss at (alpha_i, beta_j)",
        measured=shift_of_odd_rows,
        wording="{:.2f} steps",
        within=1e-3,
        why="the walk turns round at the end of a row and takes its step before it evaluates",
    ),
    Difference(
        tool=tool,
        quantity="trained weights in a plane of 5 x 5",
        theirs="between the points of the grid",
        ours="the middle point, with the trained loss bit for bit",
        measured=distance_to_nearest_node,
        wording="{:.2f} steps from the nearest point",
        within=1e-3,
        why="the walk begins `steps / 2` steps before them: half a step too far for an odd number",
    ),
    Difference(
        tool=tool,
        quantity="width of the plane, `distance=2` beside `distance=1`",
        theirs="the norm of the weights is divided by `distance`",
        ours="`half_width` multiplies the directions",
        measured=ratio_of_extents,
        wording="{:.2f} times as wide",
        within=1e-3,
        why="a larger distance gives a smaller plane",
    ),
    Difference(
        tool=tool,
        quantity="the user's network after a plane",
        theirs="left at the end of the walk, without gradients (`deepcopy_model=False` by default)",
        ours="never touched",
        measured=displacement,
        wording="moved by {:.2f} of its norm",
        within=0.02,
        why="the walk is in place; give `deepcopy_model=True`",
    ),
)
