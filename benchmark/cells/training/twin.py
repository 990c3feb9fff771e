"""Twins: trained again from weights one rounding apart, a network shows how far its training amplifies rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.cells.streams import generator

if TYPE_CHECKING:
    from torch import nn


def nudge(module: nn.Module, seed: int) -> None:
    """Move every weight by one rounding: w <- w (1 + s eps), with s = 1 or -1 at random and eps that of its dtype.

    Weights that are 0 stay so, and so do buffers. Another processor, another number of threads or another version of
    torch rounds elsewhere and more often, but no more than this at a time.

    Args:
        module: with its initial weights; changed in place.
        seed: draws the signs, from a stream of their own.
    """
    import torch

    draw = generator(seed, "twin")
    with torch.no_grad():
        for weight in module.parameters():
            signs = 2 * torch.randint(0, 2, weight.shape, generator=draw) - 1
            weight.mul_((1 + signs.to(weight.dtype) * torch.finfo(weight.dtype).eps).to(weight.device))
