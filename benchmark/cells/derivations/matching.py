"""Permuting hidden units, and finding the permutation that brings one network closest to another.

Legend of shape suffixes: N units of a group, X all entries of a tensor that belong to one unit.
A permutation p is a vector of N indices: unit i of the permuted network is unit p[i] of the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from benchmark.cells.models.symmetry import Axis, Group

Weights = Mapping[str, Tensor]
Permutations = tuple[Tensor, ...]


def permuted(weights: Weights, groups: Sequence[Group], permutations: Sequence[Tensor]) -> dict[str, Tensor]:
    """Return the weights and buffers with the units of every group in another order: the same function.

    Entries are moved and none is computed, so that outputs change by the order of summation only. Tensors of which no
    unit moves are handed on as they are.
    """
    moved = dict(weights)
    for group, permutation in zip(groups, permutations, strict=True):
        for axis in group.axes:
            moved[axis.tensor] = _reordered(moved[axis.tensor], axis, permutation)
    return moved


def random_permutations(groups: Iterable[Group], generator: torch.Generator) -> Permutations:
    """Return a uniformly drawn permutation for every group; blocks of a group norm stay together."""
    return tuple(_random_permutation(group, generator) for group in groups)


def overlap(reference: Weights, weights: Weights, groups: Iterable[Group]) -> float:
    """Return the inner product of those weights that have units of the groups.

    Permutations change no norm, so ||reference - permuted||^2 is least where the overlap is largest.
    """
    names = dict.fromkeys(axis.tensor for group in groups for axis in group.axes if axis.is_weight)
    return float(sum((reference[name].double() * weights[name].double()).sum() for name in names))


def match(
    reference: Weights, weights: Weights, groups: Sequence[Group], generator: torch.Generator
) -> Permutations:
    """Return the permutations that bring `weights` close to `reference`: a maximum of their overlap.

    Coordinate descent: with all other groups held, the best permutation of one group is a linear assignment; groups
    take turns in random order until none changes. It is begun twice, and the larger overlap is kept: from the units as
    they are, and from a pass through the network in which a group is compared only where the units it meets are
    settled already. The overlap never falls, and never ends below that of the units as they are.

    Exact for one hidden layer, and for a permuted copy of the reference of which no two units have the same incoming
    weights. Else a local maximum. Units of a residual stream that meet themselves (`MLP` with skip) have a quadratic
    assignment: its linearization is tried, and taken where it is a gain.

    The overlap covers weights, biases, and scales and shifts of norms; running statistics are moved along and not
    compared. Every filter counts by its norm, though before a batch norm that has no meaning. On the way to a
    matched network batch-norm statistics have to be recalibrated (Jordan et al. 2023; secondary).
    Cost: per group and round one matrix product of N^2 X operations and one assignment of O(N^3), in float64 on the
    CPU. Source: Ainsworth et al. 2023, algorithm 1 (secondary), begun from the units as they are.

    Args:
        reference: weights by name of the network that stays.
        weights: weights by name of the network to be permuted.
        groups: its groups, each after those it takes its input from.
        generator: draws the order of the groups.

    Raises:
        ValueError: where the two differ in names or shapes, or are not finite.
    """
    _check_same_shapes(reference, weights)
    fixed, moving = (_compared(each, groups) for each in (reference, weights))
    groups = [replace(group, axes=tuple(axis for axis in group.axes if axis.is_weight)) for group in groups]
    identity = tuple(torch.arange(group.size) for group in groups)
    found = [
        _descended(fixed, moving, groups, start=start, generator=generator)
        for start in (identity, _settled(fixed, moving, groups))
    ]
    return max(found, key=lambda each: overlap(fixed, permuted(moving, groups, each), groups))


def _settled(reference: Weights, weights: Weights, groups: Sequence[Group]) -> Permutations:
    """Match group after group, each where its units meet those of earlier groups only, or inputs and outputs."""
    moved, permutations = dict(weights), []
    unsettled = [{(axis.tensor, axis.dim) for axis in group.axes} for group in groups]
    for index, group in enumerate(groups):
        waiting = {place for places in unsettled[index:] for place in places}
        axes = tuple(axis for axis in group.axes if (axis.tensor, 1 - axis.dim) not in waiting)
        permutation = _assignment(_similarity(reference, moved, axes, group.size), group.n_blocks)
        moved |= permuted(moved, [group], [permutation])
        permutations.append(permutation)
    return tuple(permutations)


def _descended(
    reference: Weights,
    weights: Weights,
    groups: Sequence[Group],
    *,
    start: Permutations,
    generator: torch.Generator,
) -> Permutations:
    moved, permutations = permuted(weights, groups, start), list(start)
    # what is less may be rounding, and could go on for ever
    least_gain = 1e-12 * overlap(reference, reference, groups)
    changed = True
    while changed:
        changed = False
        for index in torch.randperm(len(groups), generator=generator).tolist():
            group = groups[index]
            best = _assignment(_similarity(reference, moved, group.axes, group.size), group.n_blocks)
            trial = permuted(moved, [group], [best])
            gain = overlap(reference, trial, [group]) - overlap(reference, moved, [group])
            if gain > least_gain:
                moved, changed = trial, True
                permutations[index] = permutations[index][best]
    return tuple(permutations)


def _similarity(reference: Weights, weights: Weights, axes: Iterable[Axis], size: int) -> Tensor:
    """Return the overlap of every unit of the reference with every unit of the other network, shape (N, N)."""
    similarity_NN = torch.zeros(size, size, dtype=torch.float64)
    for axis in axes:
        ours_NX, theirs_NX = (_by_unit(each[axis.tensor], axis, size) for each in (reference, weights))
        similarity_NN += ours_NX @ theirs_NX.T
    return similarity_NN


def _by_unit(tensor: Tensor, axis: Axis, size: int) -> Tensor:
    return tensor.narrow(axis.dim, axis.start, size * axis.span).movedim(axis.dim, 0).reshape(size, -1)


def _assignment(similarity_NN: Tensor, n_blocks: int) -> Tensor:
    """Return the permutation of the largest total similarity; of several blocks, blocks inside blocks."""
    if n_blocks == 1:
        return torch.from_numpy(linear_sum_assignment(similarity_NN.numpy(), maximize=True)[1])
    tiles = [row.chunk(n_blocks, dim=1) for row in similarity_NN.chunk(n_blocks)]
    inner = [[_assignment(tile_NN, 1) for tile_NN in row] for row in tiles]
    totals = [[_total(*pair) for pair in zip(*rows, strict=True)] for rows in zip(tiles, inner, strict=True)]
    outer = _assignment(torch.tensor(totals, dtype=torch.float64), 1)
    size = len(similarity_NN) // n_blocks
    return torch.cat([block * size + row[block] for row, block in zip(inner, outer.tolist(), strict=True)])


def _total(similarity_NN: Tensor, permutation: Tensor) -> float:
    return float(similarity_NN.gather(1, permutation[:, None]).sum())


def _reordered(tensor: Tensor, axis: Axis, permutation: Tensor) -> Tensor:
    """Return a tensor with the units along one of its axes in another order."""
    units = axis.start + axis.span * permutation[:, None] + torch.arange(axis.span)
    order = torch.arange(tensor.shape[axis.dim])
    order[axis.start : axis.start + units.numel()] = units.reshape(-1)
    return tensor.index_select(axis.dim, order.to(tensor.device))


def _check_same_shapes(reference: Weights, weights: Weights) -> None:
    """Refuse networks of two architectures."""
    shapes = [{name: tuple(value.shape) for name, value in each.items()} for each in (reference, weights)]
    odd = sorted(name for name, _ in shapes[0].items() ^ shapes[1].items())
    if odd:
        raise ValueError(f"the two networks differ in {odd[0]!r}; match cells of one model spec")


def _compared(weights: Weights, groups: Iterable[Group]) -> dict[str, Tensor]:
    """Return the weights that have units, in float64 on the CPU."""
    names = dict.fromkeys(axis.tensor for group in groups for axis in group.axes if axis.is_weight)
    compared = {name: weights[name].to("cpu", torch.float64) for name in names}
    for name, weight in compared.items():
        if not weight.isfinite().all():
            raise ValueError(f"{name!r} is not finite; match networks that did not diverge")
    return compared


def _random_permutation(group: Group, generator: torch.Generator) -> Tensor:
    blocks = torch.randperm(group.n_blocks, generator=generator)
    size = group.size // group.n_blocks
    return torch.cat([block * size + torch.randperm(size, generator=generator) for block in blocks])
