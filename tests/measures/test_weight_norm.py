"""The length of the weight vector."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.measures.weight_norm import weight_norm
from tests.mutants import Mutant, red_with
from tests.toys import classifier, tensor, values, with_weights


@red_with(
    Mutant(weight_norm, "theta_P.norm()", "theta_P.abs().sum()"),
    Mutant(weight_norm, "theta_P[weight_mask(weights)].norm()", "theta_P.norm()"),
)
def test_norms_with_and_without_biases() -> None:
    net = classifier(nn.Linear(4, 3))
    weights = {"0.weight": torch.full((3, 4), 2.0).double(), "0.bias": tensor(1.0, 0.0, 4.0)}
    norms = values(weight_norm().compute(with_weights(net, weights)))
    assert norms.filters == pytest.approx(48**0.5, rel=1e-14)
    assert norms.all == pytest.approx(65**0.5, rel=1e-14)
