"""Filter-normalized sharpness: its closed form, and what it is invariant under."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.cells.derivations.rescale_layers import RescaleLayers
from benchmark.landscape.weights import normalized
from benchmark.measures.filter_normalized_sharpness import filter_normalized_sharpness
from tests.cells.derivations.parents import derived
from tests.mutants import Mutant, red_with
from tests.toys import Surface, direct_loss, relu_net, tensor, trained, values, with_weights


@red_with(
    Mutant(filter_normalized_sharpness, "alpha * d_P", "d_P"),
    Mutant(normalized, "norm / (own + 1e-10)", "1 / (own + 1e-10)"),
)
def test_a_round_bowl_gives_the_same_for_every_direction() -> None:
    centre = tensor([3.0, 0.0], [0.0, 4.0])

    def loss(w: Tensor, inputs_B: Tensor) -> Tensor:
        return (w - centre).square().sum().expand(len(inputs_B))

    net = trained(Surface(centre, loss), torch.zeros(2, 1).double(), task=direct_loss)
    (reading,) = filter_normalized_sharpness(alpha=0.1).compute(net).readings
    assert reading.value == pytest.approx(0.1**2 * 25, rel=1e-9)
    assert reading.standard_error == pytest.approx(0, abs=1e-9)


@red_with(Mutant(normalized, "norm / (own + 1e-10)", "1.0"))
def test_rescaled_layers_leave_it_alone_but_rescaled_neurons_do_not() -> None:
    net, measure = relu_net(), filter_normalized_sharpness()
    weights = dict(net.module.state_dict())
    layers = with_weights(net, derived(RescaleLayers(factor=10), weights))
    expected = values(measure.compute(net)).value
    assert values(measure.compute(layers)).value == pytest.approx(expected, rel=1e-9)
    factors = torch.linspace(0.2, 5, 6).double()
    neurons = weights | {
        "0.weight": weights["0.weight"] * factors[:, None],
        "0.bias": weights["0.bias"] * factors,
        "2.weight": weights["2.weight"] / factors,
    }
    assert values(measure.compute(with_weights(net, neurons))).value != pytest.approx(expected, rel=1e-2)
