"""Residual networks."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from benchmark.cells.models.layers import Residual
from benchmark.cells.models.resnet import ResNet
from tests.cells.models.networks import batch, built, images, n_weights


@pytest.mark.parametrize(
    ("model", "channels", "size", "expected"),
    [
        (ResNet(depth=20), 3, 32, 272_474),
        (ResNet(depth=56), 3, 32, 855_770),
        (ResNet(depth=20, width=8), 1, 28, 68_642),
        (ResNet(depth=8, width=8), 1, 28, 19_810),
    ],
)
def test_parameter_counts(model: ResNet, channels: int, size: int, expected: int) -> None:
    assert n_weights(model, images(channels, size)) == expected


def test_without_skip_the_projections_are_gone_too() -> None:
    projections = (16 * 32 + 2 * 32) + (32 * 64 + 2 * 64)
    assert n_weights(ResNet(skip=False), images(3, 32)) == 272_474 - projections
    assert not any(
        isinstance(layer, Residual) for layer in built(ResNet(skip=False), images(3, 32)).modules()
    )


def test_without_norm_every_convolution_has_a_bias() -> None:
    network = built(ResNet(depth=8, norm="none"), images(3, 32))
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) == 9
    assert all(layer.bias is not None for layer in convolutions)


def test_a_block_without_a_change_of_shape_adds_its_input() -> None:
    network = built(ResNet(depth=8, width=4), images(1, 8)).eval()
    block = network.get_submodule("stage1.0")
    for weight in block.parameters():
        nn.init.zeros_(weight)
    x = torch.rand(2, 4, 8, 8)
    assert torch.equal(block(x), x)


def test_the_maps_halve_twice() -> None:
    task = images(3, 32)
    network = built(ResNet(depth=8), task)
    h, shapes = batch(task, 2)[0], []
    for name in ("stem", "stage1", "stage2", "stage3"):
        h = network.get_submodule(name)(h)
        shapes.append(tuple(h.shape[1:]))
    assert shapes == [(16, 32, 32), (16, 32, 32), (32, 16, 16), (64, 8, 8)]


@pytest.mark.parametrize(("width", "groups"), [(16, 8), (4, 4), (5, 1)])
def test_group_norm_has_8_groups_or_as_many_as_divide(width: int, groups: int) -> None:
    norm = built(ResNet(depth=8, width=width, norm="group"), images(1, 8)).get_submodule("stem.1")
    assert isinstance(norm, nn.GroupNorm)
    assert norm.num_groups == groups


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ResNet.depth is 18; give 6n \+ 2, such as 14"):
        ResNet(depth=18)
    with pytest.raises(ValueError, match=r"ResNet.depth is 2; give an integer >= 8"):
        ResNet(depth=2)
    with pytest.raises(ValueError, match=r"ResNet.skip is 1; give True or False"):
        ResNet(skip=1)  # type: ignore[arg-type]
