"""Densely connected networks."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.models.densenet import DenseNet
from tests.cells.models.networks import batch, built, images, n_weights


def dense_layers(n_layers: int, channels: int, growth: int) -> int:
    return sum(
        2 * width + 4 * growth * width + 2 * 4 * growth + 9 * 4 * growth * growth
        for width in range(channels, channels + n_layers * growth, growth)
    )


def test_parameter_count_of_densenet_121() -> None:
    channels, total = 64, 27 * 64
    for n_layers in (6, 12, 24, 16):
        total += dense_layers(n_layers, channels, 32)
        channels += 32 * n_layers
        if n_layers != 16:
            total += 2 * channels + channels * channels // 2
            channels //= 2
    assert total + 2 * channels + 10 * channels + 10 == 6_956_298
    assert n_weights(DenseNet(), images(3, 32)) == 6_956_298


def test_a_dense_layer_hands_its_input_on() -> None:
    task = images(3, 8)
    network = built(DenseNet(blocks=(2,), growth=4), task)
    stem = network.get_submodule("stem")(batch(task)[0])
    block = network.get_submodule("block1")(stem)
    assert stem.shape[1] == 8 and block.shape[1] == 8 + 2 * 4
    assert torch.equal(block[:, :8], stem)


def test_transitions_halve_channels_and_maps() -> None:
    task = images(3, 32)
    network = built(DenseNet(blocks=(1, 1, 1), growth=4), task)
    h, shapes = batch(task, 2)[0], []
    for name in ("stem", "block1", "transition1", "block2", "transition2", "block3"):
        h = network.get_submodule(name)(h)
        shapes.append(tuple(h.shape[1:]))
    assert shapes == [(8, 32, 32), (12, 32, 32), (6, 16, 16), (10, 16, 16), (5, 8, 8), (9, 8, 8)]


def test_bad_options_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"DenseNet.blocks is \(2, 0\); give an integer >= 1 for every block"
    ):
        DenseNet(blocks=(2, 0))
    with pytest.raises(ValueError, match=r"DenseNet.growth is 0; give an integer >= 1"):
        DenseNet(growth=0)
    with pytest.raises(ValueError, match=r"images .* of at least 16 x 16"):
        built(DenseNet(blocks=(1, 1, 1, 1, 1)), images(1, 8))
