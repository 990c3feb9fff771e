"""The path of training seen in few dimensions, and what a path without structure looks like there.

A path of N points in P dimensions spans at most N - 1 of them: all its shares of variance follow from the N x N matrix
of inner products, and nothing of size P x P is ever built. Computed in float64, in blocks of columns.

Legend of shape suffixes: N points of the path, K components (K = N), P weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from benchmark.landscape.directions import gaussian
from benchmark.landscape.weights import flatten, named_weights

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained

block_bytes = 2**26  # of the float64 copy of a block of columns


@dataclass(frozen=True, kw_only=True, eq=False)
class PathPlane:
    """The plane in which a path varies most.

    Attributes:
        axes: two orthonormal vectors of shape (P,), type and device of the rows.
        path: coordinates of the rows, shape (N, 2), float64: the row that is 0 lies at (0, 0).
        explained: share of the variance per component, shape (N,), float64.
        gram: inner products of the rows, shape (N, N), float64.
    """

    axes: tuple[Tensor, Tensor]
    path: Tensor
    explained: Tensor
    gram: Tensor


def path_of(trained: Trained, every_steps: int | None = None) -> tuple[list[int], list[Tensor]]:
    """Return steps of a training and the weights there relative to the final ones, theta_i - theta_n, each (P,).

    The steps are the first (of the initial weights), every multiple of `every_steps` on the way, and the last, whose
    row is 0; without `every_steps`, all those at which the training made a record. Those on the way are checkpoints.

    Raises:
        ValueError: for `every_steps` below 1, a network without a history, or a checkpoint that was not kept.
    """
    steps = _steps(trained, every_steps)
    final = named_weights(trained.module)
    theta_P = flatten(final)
    rows = []
    for step in steps[:-1]:
        state = trained.initial if step == steps[0] else _checkpoint(trained, step)
        rows.append(flatten({name: state[name].to(weight) for name, weight in final.items()}) - theta_P)
    return steps, [*rows, torch.zeros_like(theta_P)]


def gram(rows: Sequence[Tensor]) -> Tensor:
    """Return the inner products of the rows, shape (N, N), float64, on the CPU. One pass over the rows."""
    n_columns = max(1, block_bytes // (8 * len(rows)))
    total_NN = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    for pieces in zip(*(torch.split(row, n_columns) for row in rows), strict=True):
        block_NP = torch.stack([piece.double() for piece in pieces])
        total_NN += (block_NP @ block_NP.T).cpu()
    return total_NN


def explained(gram_NN: Tensor, *, centred: bool = True) -> Tensor:
    """Return the share of the variance along every principal component, descending, shape (N,).

    Args:
        gram_NN: inner products of the points.
        centred: of the points about their mean, as PCA has it; or about the origin.

    Raises:
        ValueError: for points that do not differ.
    """
    spread_NN = _centred(gram_NN) if centred else gram_NN
    if not 0 < spread_NN.trace() < math.inf:
        raise ValueError("the points of the path do not differ, or are not finite: no variance to explain")
    values_K: Tensor = torch.linalg.eigvalsh(spread_NN).flip(0).clamp(min=0)
    return values_K / values_K.sum()


def path_plane(rows: Sequence[Tensor]) -> PathPlane:
    """Return the plane of the two largest principal components of a path, through its origin.

    The components are those of the rows about their mean; the coordinates those of the rows themselves, so that the
    point which is 0 (the trained network, in the rows of `path_of`) lies in the plane exactly, and the others are
    projected. Signs are chosen so that the first row has no negative coordinate. Costs two passes over the rows.

    Source: Li et al. 2018, section 7.2 (rows and centring as in the authors' code).

    Raises:
        ValueError: for a path that lies on a straight line, or does not move.

    Example:
        >>> import torch
        >>> from benchmark.landscape.path import path_plane
        >>> rows = [torch.tensor(row).double() for row in ([3, 1, 0, 0], [-3, 1, 0, 0], [0, 0, 0, 0])]
        >>> plane = path_plane(rows)
        >>> [[round(x, 6) for x in point] for point in plane.path.tolist()[:2]]
        [[3.0, 1.0], [-3.0, 1.0]]
        >>> [round(share, 3) for share in plane.explained.tolist()[:2]]
        [0.964, 0.036]
    """
    gram_NN = gram(rows)
    shares_K = explained(gram_NN)
    if len(rows) < 3 or not shares_K[1] > 1e-12:
        raise ValueError(
            f"the path ({len(rows)} points) lies on a straight line; take more points on the way, a plane needs "
            "at least three that are on no line"
        )
    values_K, vectors_NK = torch.linalg.eigh(_centred(gram_NN))
    weights_N2 = vectors_NK[:, [-1, -2]] / values_K[[-1, -2]].sqrt()
    path_N2 = gram_NN @ weights_N2
    signs_2 = torch.where(path_N2[0] < 0, -1.0, 1.0).double()
    first, second = (_combined(rows, weights_N) for weights_N in (weights_N2 * signs_2).T)
    return PathPlane(axes=(first, second), path=path_N2 * signs_2, explained=shares_K, gram=gram_NN)


def shuffled(gram_NN: Tensor, generator: torch.Generator) -> Tensor:
    """Return the inner products of a path made of the same steps in random order and with random signs, (N, N).

    The steps are the differences between neighbouring points; the new path starts at 0. Exact, without a pass over the
    rows: the null model of a path whose steps know nothing of each other but keep their lengths and angles.
    """
    steps_NN = gram_NN.diff(dim=0).diff(dim=1)
    n_steps = len(steps_NN)
    order = torch.randperm(n_steps, generator=generator)
    signs = 2.0 * torch.randint(0, 2, (n_steps,), generator=generator) - 1
    drawn_NN = signs[:, None] * signs * steps_NN[order][:, order]
    return torch.nn.functional.pad(drawn_NN.cumsum(0).cumsum(1), (1, 0, 1, 0))


def random_walk_share(component: int, n_points: int | None = None) -> float:
    """Return the share of the variance that a random walk in many dimensions has along a principal component.

        1 / (4 sin^2(k pi / (2 N))) / ((N^2 - 1) / 6)   for N points,   6 / (pi^2 k^2)   for N -> infinity

    k = 1, 2, ...: 60.8 and 15.2 per cent, 76 together, of a path without any structure. Exact for points about their
    mean as P / N -> infinity. Source: the eigenvalues of a path graph's Laplacian; the limit is that of
    Antognini and Sohl-Dickstein 2018 ("PCA of high dimensional random walks"; abstract read, derived anew here).

    Example:
        >>> from benchmark.landscape.path import random_walk_share
        >>> [round(random_walk_share(component), 3) for component in (1, 2)]
        [0.608, 0.152]
    """
    if n_points is None:
        return 6 / (math.pi * component) ** 2
    return 1.5 / math.sin(component * math.pi / (2 * n_points)) ** 2 / (n_points**2 - 1)


def share_in_random_plane(rows: Sequence[Tensor], gram_NN: Tensor, generator: torch.Generator) -> float:
    """Return the share of the variance of a path in a plane through two random directions; 2 / P on average.

    Compare with the first two principal components, the largest share that any plane has. Costs one pass over the
    rows, whose inner products are `gram_NN`.
    """
    first = gaussian(rows[0], generator)
    first = first / first.norm()
    second = gaussian(rows[0], generator)
    second = second - (second @ first) * first
    plane_2P = torch.stack([first, second / second.norm()])
    path_N2 = torch.stack([plane_2P @ row for row in rows]).double().cpu()
    return float((path_N2 - path_N2.mean(dim=0)).square().sum() / _centred(gram_NN).trace())


def _centred(gram_NN: Tensor) -> Tensor:
    mean_N = gram_NN.mean(dim=0)
    centred_NN: Tensor = gram_NN - mean_N - mean_N[:, None] + mean_N.mean()
    return centred_NN


def _combined(rows: Sequence[Tensor], weights_N: Tensor) -> Tensor:
    total_P = torch.zeros_like(rows[0], dtype=torch.float64)
    for row_P, weight in zip(rows, weights_N.tolist(), strict=True):
        total_P.add_(row_P, alpha=weight)
    unit_P: Tensor = (total_P / total_P.norm()).to(rows[0])
    return unit_P


def _steps(trained: Trained, every_steps: int | None) -> list[int]:
    if every_steps is not None and every_steps < 1:
        raise ValueError(f"every_steps is {every_steps}; give at least 1")
    if not trained.history:
        raise ValueError("the network has no history of a training; a path needs one")
    recorded = [int(record["step"]) for record in trained.history]
    first, last = recorded[0], recorded[-1]
    between = recorded if every_steps is None else range(0, last, every_steps)
    return [first, *(step for step in between if first < step < last), last]


def _checkpoint(trained: Trained, step: int) -> dict[str, Tensor]:
    try:
        if trained.checkpoint is None:
            raise KeyError(step)
        return trained.checkpoint(step)
    except KeyError:
        raise ValueError(
            f"the weights after step {step} were not kept; ask for them by measure(...).at(lambda cell: steps)"
        ) from None
