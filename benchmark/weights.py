"""Algebra on weights: a network's trainable parameters as one vector.

Legend of shape suffixes: P weights (all trainable parameters, in `named_parameters` order).
Buffers (batch-norm statistics) are not weights; they travel in a dictionary of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

Buffers = dict[str, Tensor]


def named_weights(module: nn.Module) -> dict[str, Tensor]:
    """Return the trainable parameters by name, detached, in `named_parameters` order."""
    return {name: weight.detach() for name, weight in module.named_parameters() if weight.requires_grad}


def flatten(weights: Mapping[str, Tensor]) -> Tensor:
    """Return all weights as one vector of shape (P,)."""
    return torch.cat([weight.reshape(-1) for weight in weights.values()])


def unflatten(theta_P: Tensor, like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `theta_P` cut into the names and shapes of `like`; the inverse of `flatten`, as views.

    Raises:
        ValueError: when the length of `theta_P` is not the number of weights.
    """
    sizes = [weight.numel() for weight in like.values()]
    if theta_P.numel() != sum(sizes):
        raise ValueError(f"the vector has {theta_P.numel()} entries, the network {sum(sizes)} weights")
    pieces = torch.split(theta_P, sizes)
    return {name: piece.view(like[name].shape) for name, piece in zip(like, pieces, strict=True)}


def lerp(start_P: Tensor, end_P: Tensor, t: float) -> Tensor:
    """Return (1 - t) start + t end, exactly `start_P` at t = 0 and exactly `end_P` at t = 1."""
    if t == 0:
        return start_P
    return end_P if t == 1 else (1 - t) * start_P + t * end_P


def lerp_buffers(start: Buffers, end: Buffers, t: float) -> Buffers:
    """Interpolate batch-norm statistics; integer buffers (counts of batches) are taken from `start`."""
    return {
        name: lerp(value, end[name], t) if value.is_floating_point() else value
        for name, value in start.items()
    }


def is_filter_weight(weight: Tensor) -> bool:
    """Tell whether a tensor has filters (convolution or linear weight); biases and batch-norm scales have none."""
    return weight.dim() >= 2


def weight_mask(like: Mapping[str, Tensor]) -> Tensor:
    """Return a boolean (P,) mask that is true on filter weights and false on biases and batch-norm scales."""
    return torch.cat([torch.full((w.numel(),), is_filter_weight(w), device=w.device) for w in like.values()])


def filter_normalized(direction_P: Tensor, like: Mapping[str, Tensor]) -> Tensor:
    """Scale every filter of a direction to the norm of the network's own filter.

    d_ij <- d_ij * ||w_ij|| / (||d_ij|| + 1e-10), filter = output channel of a convolution or row of a linear layer;
    entries that belong to biases and batch norm become 0. Removes the scale of layers, not that of single neurons.

    Args:
        direction_P: direction of shape (P,).
        like: the weights at the centre, by name.

    Source: Li et al. 2018, section 4 (batch-norm and bias entries ignored as in the authors' code).
    """
    pieces = []
    for name, piece in unflatten(direction_P, like).items():
        weight = like[name]
        if not is_filter_weight(weight):
            pieces.append(torch.zeros_like(piece).reshape(-1))
            continue
        axes = tuple(range(1, weight.dim()))
        norm = torch.linalg.vector_norm(weight, dim=axes, keepdim=True)
        own = torch.linalg.vector_norm(piece, dim=axes, keepdim=True)
        pieces.append((piece * (norm / (own + 1e-10))).reshape(-1))
    return torch.cat(pieces)
