"""Random directions in the space of weights, drawn on the generator's device and then moved.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian(like_P: Tensor, generator: torch.Generator) -> Tensor:
    """Return a standard Gaussian vector with the shape, type and device of `like_P`.

    Drawn in float64 on the generator's device, so that every device and precision gets the same direction; in float32
    the draws of processors with and without AVX2 differ in their last bits.
    """
    draw_P = torch.randn(like_P.shape, generator=generator, device=generator.device, dtype=torch.float64)
    return draw_P.to(like_P)
