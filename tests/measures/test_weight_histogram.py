"""The distribution of the weights."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.measures.weight_histogram import weight_histogram
from tests.mutants import Mutant, red_with
from tests.toys import classifier, relu_net, tensor, with_weights


@red_with(
    Mutant(weight_histogram, "counts / filters.numel()", "counts"),
    Mutant(weight_histogram, "(edges[1:] + edges[:-1]) / 2", "edges[1:]"),
    Mutant(weight_histogram, "flatten(weights)[weight_mask(weights)]", "flatten(weights)"),
)
def test_shares_of_weights_per_bin_and_beyond() -> None:
    matrix = torch.tensor([[-0.4, -0.45, -0.2, 0.0], [0.05, 0.15, 0.2, 0.4], [0.4, 0.4, 0.7, -9.0]]).double()
    net = with_weights(classifier(nn.Linear(4, 3)), {"0.weight": matrix, "0.bias": tensor(0.0, 0.0, 0.0)})
    readings = weight_histogram(limit=0.5, n_bins=5).compute(net).readings
    shares = {reading.index["weight"]: reading.value for reading in readings if reading.quantity == "share"}
    assert shares == pytest.approx({-0.4: 2 / 12, -0.2: 1 / 12, 0.0: 2 / 12, 0.2: 2 / 12, 0.4: 3 / 12})
    assert readings[-1].quantity == "outside" and readings[-1].value == pytest.approx(2 / 12)


@pytest.mark.parametrize("options", [{"limit": 0.0}, {"n_bins": 0}])
def test_bins_are_checked(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give limit > 0 and n_bins >= 1"):
        weight_histogram(**options).compute(relu_net())
