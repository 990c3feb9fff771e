"""The convolutional network of signals."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from benchmark.cells.models.layers import draw_kaiming
from benchmark.cells.models.signal_cnn import SignalCNN
from tests.cells.models.networks import batch, built, n_weights, signals
from tests.mutants import Mutant, red_with

mnist1d = signals(1, 40)


def test_it_has_the_published_number_of_weights() -> None:
    # `ConvBase` in models.py of github.com/greydanus/mnist1d, counted by hand: windows of 5, 3 and 3, 25 channels
    by_hand = (25 * 5 + 25) + 2 * (25 * 25 * 3 + 25) + (5 * 25 * 10 + 10)
    assert n_weights(SignalCNN(), mnist1d) == by_hand == 5_210


@pytest.mark.parametrize(("width", "expected"), [(5, 450), (10, 1_190), (50, 17_910), (100, 65_810)])
def test_parameter_counts(width: int, expected: int) -> None:
    assert n_weights(SignalCNN(width=width), mnist1d) == expected


def test_a_signal_of_40_places_shrinks_to_19_10_and_5() -> None:
    network, h = built(SignalCNN(), mnist1d), batch(mnist1d)[0]
    shapes = []
    for name in ("layer1", "layer2", "layer3", "flatten"):
        h = network.get_submodule(name)(h)
        shapes.append(tuple(h.shape[1:]))
    assert shapes == [(25, 19), (25, 10), (25, 5), (125,)]


def test_it_computes_what_the_paper_says() -> None:
    network, x = built(SignalCNN(width=3), mnist1d).double(), batch(mnist1d)[0].double()
    weights = dict(network.named_parameters())
    h = x
    for layer, window in (("layer1", 5), ("layer2", 3), ("layer3", 3)):
        framed = torch.cat(
            [torch.zeros(*h.shape[:2], 1).double(), h, torch.zeros(*h.shape[:2], 1).double()], 2
        )
        seen = framed.unfold(2, window, 2)  # (B, C, T, K)
        h = torch.einsum("bctk,gck->bgt", seen, weights[f"{layer}.0.weight"])
        h = (h + weights[f"{layer}.0.bias"][:, None]).clamp_min(0)
    expected = h.flatten(1) @ weights["head.weight"].T + weights["head.bias"]
    torch.testing.assert_close(network(x), expected)


@red_with(
    Mutant(draw_kaiming, "layer.weight[0].numel()", "layer.weight.shape[1]"),
    Mutant(draw_kaiming, "gain / math.sqrt(fan_in)", "gain / fan_in"),
)
def test_weights_are_kaiming_normal() -> None:
    network = built(SignalCNN(width=100), mnist1d)
    for name, fan_in in {"layer1.0": 5, "layer2.0": 300, "layer3.0": 300, "head": 500}.items():
        weight = network.get_parameter(f"{name}.weight").detach()
        standard_error = 1 / math.sqrt(2 * weight.numel())
        assert float(weight.std()) * math.sqrt(fan_in / 2) == pytest.approx(1, abs=4 * standard_error)


def test_the_head_is_behind_a_plain_chain_of_convolutions() -> None:
    kinds = [
        type(layer) for layer in built(SignalCNN(), mnist1d).modules() if type(layer) is not nn.Sequential
    ]
    assert kinds == [nn.Conv1d, nn.ReLU] * 3 + [nn.Flatten, nn.Linear]


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"SignalCNN.width is 0; give an integer >= 1"):
        SignalCNN(width=0)
