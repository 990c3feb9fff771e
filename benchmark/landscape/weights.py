"""Algebra on weights: a network's trainable parameters as one vector.

Legend of shape suffixes: P weights (all trainable parameters, in `named_parameters` order).
Buffers (batch-norm statistics) are not weights; they travel in a dictionary of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

import torch
from torch import Tensor, nn

Buffers = dict[str, Tensor]
Normalization = Literal["filter", "layer", "none"]
Biases = Literal["zero", "kept"]


def named_weights(module: nn.Module) -> dict[str, Tensor]:
    """Return the trainable parameters by name, detached, in `named_parameters` order."""
    return {name: weight.detach() for name, weight in module.named_parameters() if weight.requires_grad}


def is_tied(module: nn.Module) -> bool:
    """Tell whether a weight or buffer has several names; looking in every call would take a tenth of it."""
    return any(
        len(list(of(remove_duplicate=False))) > len(list(of()))
        for of in (module.named_parameters, module.named_buffers)
    )


def flatten(weights: Mapping[str, Tensor]) -> Tensor:
    """Return all weights as one vector of shape (P,)."""
    return torch.cat([weight.reshape(-1) for weight in weights.values()])


def unflatten(theta_P: Tensor, like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return `theta_P` cut into the names and shapes of `like`; the inverse of `flatten`, as views.

    Raises:
        ValueError: when the length of `theta_P` is not the number of weights.

    Example:
        >>> import torch
        >>> from benchmark.landscape.weights import flatten, named_weights, unflatten
        >>> weights = named_weights(torch.nn.Linear(2, 3))
        >>> theta = flatten(weights)
        >>> {name: tuple(weight.shape) for name, weight in unflatten(theta, weights).items()}
        {'weight': (3, 2), 'bias': (3,)}
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


def normalized(
    direction_P: Tensor,
    like: Mapping[str, Tensor],
    *,
    normalize: Normalization = "filter",
    biases: Biases = "zero",
) -> Tensor:
    """Scale a direction to the network's own weights, part by part: d <- d ||w|| / (||d|| + 1e-10).

    A part is a filter (output channel of a convolution, row of a linear layer) for "filter" and a whole tensor for
    "layer"; a bias or a batch-norm tensor is always one part. "filter" and "layer" remove the scale of layers, not
    that of single neurons, which changes the next layer's row norms.

    Args:
        direction_P: direction of shape (P,).
        like: the weights at the centre, by name.
        normalize: "filter", "layer", or "none" for the direction as it is.
        biases: entries of biases and batch norm (tensors of one dimension): 0 ("zero"), or treated as said ("kept").

    Source: Li et al. 2018, section 4 for filters; biases and batch norm are 0 as in the authors' code, whose other
        modes differ from "kept" here: they put the tensor itself in place of its direction.

    Raises:
        ValueError: on an unknown option.

    Example:
        >>> import torch
        >>> from benchmark.landscape.weights import normalized
        >>> weights = {"weight": torch.tensor([[3.0, 4.0], [0.0, 2.0]]).double(), "bias": torch.ones(2).double()}
        >>> direction = torch.tensor([1.0, 0.0, 6.0, 8.0, 1.0, 1.0]).double()
        >>> [round(x, 3) for x in normalized(direction, weights).tolist()]  # rows of length 5 and 2; no biases
        [5.0, 0.0, 1.2, 1.6, 0.0, 0.0]
    """
    if normalize not in get_args(Normalization):
        raise ValueError(f"normalize is {normalize!r}; choose one of {', '.join(get_args(Normalization))}")
    if biases not in get_args(Biases):
        raise ValueError(f"biases is {biases!r}; choose one of {', '.join(get_args(Biases))}")
    pieces = []
    for name, piece in unflatten(direction_P, like).items():
        weight = like[name]
        if biases == "zero" and not is_filter_weight(weight):
            piece = torch.zeros_like(piece)
        elif normalize != "none":
            by_filter = normalize == "filter" and is_filter_weight(weight)
            axes = tuple(range(1 if by_filter else 0, weight.dim()))
            norm = torch.linalg.vector_norm(weight, dim=axes, keepdim=True)
            own = torch.linalg.vector_norm(piece, dim=axes, keepdim=True)
            piece = piece * (norm / (own + 1e-10))
        pieces.append(piece.reshape(-1))
    return torch.cat(pieces)
