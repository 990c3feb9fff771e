"""Random directions."""

from __future__ import annotations

import torch

from benchmark.landscape.directions import gaussian
from tests.mutants import Mutant, red_with


@red_with(Mutant(gaussian, "torch.randn(", "torch.rand("))
def test_directions_have_mean_zero_and_unit_variance() -> None:
    n = 100_000
    draw = gaussian(torch.zeros(n).double(), torch.Generator().manual_seed(0))
    assert abs(float(draw.mean())) * n**0.5 < 4  # the mean's own standard error is 1 / sqrt(n)
    assert abs(float(draw.square().mean()) - 1) * (n / 2) ** 0.5 < 4
    assert bool((draw < 0).any()), "directions point both ways"


@red_with(Mutant(gaussian, "dtype=torch.float64", "dtype=like_P.dtype"))
def test_every_precision_gets_the_same_direction() -> None:
    single, double = (
        gaussian(torch.zeros(100, dtype=dtype), torch.Generator().manual_seed(0))
        for dtype in (torch.float32, torch.float64)
    )
    assert torch.equal(single, double.float())
