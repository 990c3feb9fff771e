"""Rescaled layers compute the same function."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.cells.derivations.rescale_layers import RescaleLayers
from benchmark.cells.models.signal_cnn import SignalCNN
from tests.cells.derivations.parents import derived
from tests.cells.models.networks import batch, built, signals
from tests.mutants import Mutant, red_with
from tests.toys import batch_norm_net, classifier, relu_net, with_weights


@red_with(
    Mutant(RescaleLayers.derive, "bias: self.factor", "bias: 1"),
    Mutant(RescaleLayers.derive, "1 / self.factor", "self.factor"),
)
def test_a_power_of_two_leaves_the_function_bit_for_bit() -> None:
    net = relu_net()
    other = with_weights(net, derived(RescaleLayers(factor=8), net.module.state_dict()))
    inputs = net.splits.train.inputs
    assert torch.equal(other.module(inputs), net.module(inputs))


def test_layers_of_a_signal_can_be_rescaled() -> None:
    task = signals(1, 12)
    module, inputs = built(SignalCNN(width=3), task), batch(task)[0]
    expected = module(inputs)
    module.load_state_dict(derived(RescaleLayers(factor=8), module.state_dict()))
    assert torch.equal(module(inputs), expected)


def test_any_factor_leaves_the_function_up_to_rounding() -> None:
    net = relu_net()
    other = with_weights(net, derived(RescaleLayers(factor=0.3), net.module.state_dict()))
    inputs = net.splits.train.inputs
    torch.testing.assert_close(other.module(inputs), net.module(inputs), rtol=0, atol=1e-13)


def test_only_two_layers_change_and_the_parent_does_not() -> None:
    weights = relu_net().module.state_dict()
    before = {name: weight.clone() for name, weight in weights.items()}
    rescaled = derived(RescaleLayers(factor=4), weights)
    assert list(rescaled) == list(weights)
    ratios = {name: (rescaled[name] / before[name]).unique().tolist() for name in before}
    assert ratios == {
        "0.weight": [4.0], "0.bias": [4.0], "2.weight": [0.25], "2.bias": [1.0], "4.weight": [1.0], "4.bias": [1.0],
    }  # fmt: skip
    assert all(torch.equal(weights[name], weight) for name, weight in before.items())


def test_layers_without_bias_are_fine() -> None:
    net = classifier(nn.Linear(4, 5, bias=False), nn.ReLU(), nn.Linear(5, 3))
    other = with_weights(net, derived(RescaleLayers(factor=2), net.module.state_dict()))
    assert torch.equal(other.module(net.splits.train.inputs), net.module(net.splits.train.inputs))


def test_a_batch_norm_between_the_layers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"found 0\.bias, 1\.weight, .* between the first two layers"):
        derived(RescaleLayers(factor=2), batch_norm_net().module.state_dict())


def test_what_cannot_be_rescaled_is_refused() -> None:
    weights = classifier(nn.Linear(4, 3)).module.state_dict()
    with pytest.raises(ValueError, match="needs two layers"):
        derived(RescaleLayers(factor=2), weights)
    with pytest.raises(ValueError, match="takes one parent, not 2"):
        derived(RescaleLayers(factor=2), weights, weights)
    with pytest.raises(ValueError, match="give a factor > 0"):
        RescaleLayers(factor=-1)
