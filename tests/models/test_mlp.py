"""Fully connected networks."""

from __future__ import annotations

import math

import pytest
import torch

from benchmark.models.mlp import MLP
from tests.models.networks import batch, built, images, n_weights


def test_parameter_counts() -> None:
    assert n_weights(MLP(width=256, depth=3), images(1, 28)) == 335_114
    assert n_weights(MLP(depth=0), images(1, 8)) == 64 * 10 + 10
    with_norm = 64 * 5 + 2 * 5 + 5 * 5 + 2 * 5 + 5 * 10 + 10  # no bias before a norm
    assert n_weights(MLP(width=5, depth=2, norm="batch"), images(1, 8)) == with_norm


def test_skip_connections_add_no_weights() -> None:
    assert n_weights(MLP(depth=5, skip=True), images(1, 8)) == n_weights(MLP(depth=5), images(1, 8))


def test_a_hidden_layer_with_skip_is_h_plus_relu_over_root_depth_minus_1() -> None:
    task = images(1, 8)
    inputs, _ = batch(task)
    network = built(MLP(width=8, depth=3, skip=True), task)
    weights = dict(network.named_parameters())
    h = torch.relu(inputs.flatten(1) @ weights["layer1.0.weight"].T)
    for layer in ("layer2", "layer3"):
        h = h + torch.relu(h @ weights[f"{layer}.body.0.weight"].T) / math.sqrt(2)
    torch.testing.assert_close(network(inputs), h @ weights["head.weight"].T)


@pytest.mark.parametrize(("activation", "gain"), [("relu", 2**0.5), ("tanh", 5 / 3), ("identity", 1.0)])
def test_weights_are_kaiming_normal(activation: str, gain: float) -> None:
    network = built(MLP(width=1000, depth=2, activation=activation), images(1, 20))  # type: ignore[arg-type]
    for name, fan_in in {"layer1.0": 400, "layer2.0": 1000}.items():
        weight = network.get_parameter(f"{name}.weight").detach()
        standard_error = 1 / math.sqrt(2 * weight.numel())
        assert float(weight.std()) * math.sqrt(fan_in) / gain == pytest.approx(1, abs=4 * standard_error)


def test_the_identity_activation_gives_a_linear_network() -> None:
    task = images(1, 8)
    inputs, _ = batch(task)
    network = built(MLP(width=8, depth=3, activation="identity"), task).double()
    x = inputs.double()
    torch.testing.assert_close(network(2 * x[:1] - 3 * x[1:2]), 2 * network(x[:1]) - 3 * network(x[1:2]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "MLP.width is 0; give an integer >= 1"),
        ({"depth": -1}, "MLP.depth is -1; give an integer >= 0"),
        ({"depth": 1, "skip": True}, "MLP.skip is True; give depth >= 2"),
        ({"norm": "bach"}, "MLP.norm is 'bach'; choose one of 'none', 'batch' .did you mean 'batch'"),
        ({"activation": "swish"}, "MLP.activation is 'swish'; choose one of 'relu'"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MLP(**options)  # type: ignore[arg-type]
