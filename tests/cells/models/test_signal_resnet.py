"""Residual networks of signals."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from benchmark.cells.models.layers import Residual, SpatialMean, residual_block
from benchmark.cells.models.signal_resnet import SignalResNet
from tests.cells.models.networks import batch, built, n_weights, signals
from tests.mutants import Mutant, red_with

mnist1d = signals(1, 40)


def convolution(channels_in: int, channels_out: int, window: int = 3) -> int:
    """Weights of a convolution and of the batch norm behind it."""
    return channels_in * channels_out * window + 2 * channels_out


@pytest.mark.parametrize(("depth", "n"), [(8, 1), (20, 3)])
def test_parameter_counts(depth: int, n: int) -> None:
    stages = 2 * n * convolution(16, 16)
    stages += convolution(16, 32) + (2 * n - 1) * convolution(32, 32)
    stages += convolution(32, 64) + (2 * n - 1) * convolution(64, 64)
    shortcuts = convolution(16, 32, 1) + convolution(32, 64, 1)
    rest = convolution(1, 16) + 64 * 10 + 10
    assert n_weights(SignalResNet(depth=depth), mnist1d) == rest + stages + shortcuts
    assert n_weights(SignalResNet(depth=depth, skip=False), mnist1d) == rest + stages


def test_depth_counts_the_layers_with_weights_in_a_row() -> None:
    for depth in (8, 20):
        network = built(SignalResNet(depth=depth, skip=False), mnist1d)
        assert sum(isinstance(layer, (nn.Conv1d, nn.Linear)) for layer in network.modules()) == depth


def test_40_places_halve_twice_and_are_averaged() -> None:
    network, h, shapes = built(SignalResNet(depth=8), mnist1d), batch(mnist1d)[0], []
    for name in ("stem", "stage1", "stage2", "stage3"):
        h = network.get_submodule(name)(h)
        shapes.append(tuple(h.shape[1:]))
    assert shapes == [(16, 40), (16, 40), (32, 20), (64, 10)]
    torch.testing.assert_close(SpatialMean()(h), h.sum(2) / 10)


def test_the_mean_over_places_and_over_pixels_are_one_layer() -> None:
    x = torch.randn(3, 4, 5, 6)
    torch.testing.assert_close(SpatialMean()(x), SpatialMean()(x.flatten(2)))


def test_without_skip_there_is_no_shortcut() -> None:
    network = built(SignalResNet(skip=False), mnist1d)
    assert not any(isinstance(layer, Residual) for layer in network.modules())


@red_with(
    Mutant(SignalResNet.build, "n_blocks**-0.5", "n_blocks**-1.0"),
    Mutant(SignalResNet.build, "(self.depth - 2) // 2", "(self.depth - 2) // 6"),
    Mutant(residual_block, "scale=scale", "scale=0.3"),
)
def test_a_block_adds_its_branch_divided_by_the_root_of_the_number_of_blocks() -> None:
    x = torch.rand(2, 4, 40)
    for scaled, factor in ((True, 3**-0.5), (False, 1.0)):
        model = SignalResNet(depth=8, width=4, norm="none", scaled_branches=scaled)
        block = built(model, mnist1d).get_submodule("stage1.0")
        torch.testing.assert_close(block(x), (x + factor * block.get_submodule("0.body")(x)).clamp_min(0))


def size_behind(model: SignalResNet) -> float:
    """Root mean square of what the last stage puts out at the start, of what the stem does."""
    h, sizes = torch.randn(64, 1, 40), []
    network = built(model, mnist1d)
    for name in ("stem", "stage1", "stage2", "stage3"):
        h = network.get_submodule(name)(h).detach()
        sizes.append(float(h.square().mean().sqrt()))
    return sizes[-1] / sizes[0]


@red_with(Mutant(SignalResNet.build, "n_blocks**-0.5", "1.0"))
def test_without_norm_scaled_branches_keep_the_size_at_any_depth() -> None:
    # every stage at most e^(1/3) times in variance, and the two projections twice: sqrt(4 e) = 3.3
    options: dict[str, Any] = {"norm": "none", "scaled_branches": True}
    for depth in (8, 20, 56, 110):
        assert 0.5 < size_behind(SignalResNet(depth=depth, **options)) < 5


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"SignalResNet.depth is 12; give 6n \+ 2, such as 8"):
        SignalResNet(depth=12)
    with pytest.raises(ValueError, match=r"SignalResNet.norm is 'group'; choose one of 'batch', 'none'"):
        SignalResNet(norm="group")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"SignalResNet.scaled_branches is True; leave it out.*skip=False"):
        SignalResNet(skip=False, scaled_branches=True)
    with pytest.raises(ValueError, match=r"SignalResNet.scaled_branches is 1; give True or False"):
        SignalResNet(scaled_branches=1)  # type: ignore[arg-type]
