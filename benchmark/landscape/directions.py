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

    Example:
        >>> import torch
        >>> from benchmark.landscape.directions import gaussian
        >>> single, double = torch.zeros(1000), torch.zeros(1000).double()
        >>> draws = [gaussian(like, torch.Generator().manual_seed(0)) for like in (single, double)]
        >>> torch.equal(draws[0], draws[1].float())
        True
    """
    draw_P = torch.randn(like_P.shape, generator=generator, device=generator.device, dtype=torch.float64)
    return draw_P.to(like_P)
