"""Random directions in the space of weights, drawn on the generator's device and then moved.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian(like_P: Tensor, generator: torch.Generator) -> Tensor:
    """Return a standard Gaussian vector with the shape, type and device of `like_P`.

    Drawn in float32 on the generator's device, so that every device and precision gets the same direction.
    """
    return torch.randn(like_P.shape, generator=generator, device=generator.device).to(like_P)
