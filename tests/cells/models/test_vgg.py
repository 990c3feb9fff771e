"""VGG networks."""

from __future__ import annotations

import itertools

import pytest

from benchmark.cells.models.vgg import VGG
from tests.cells.models.networks import built, images, n_weights


def convolutions(channels: list[int]) -> int:
    return sum(9 * n_in * n_out + n_out for n_in, n_out in itertools.pairwise(channels))


def test_parameter_count_of_vgg_9() -> None:
    weights = convolutions([3, 64, 64, 128, 128, 256, 256, 256])
    hidden, head = 4096 * 256 + 256, 256 * 10 + 10
    norms = 2 * (2 * 64 + 2 * 128 + 3 * 256 + 256)
    assert weights + hidden + head + norms == 2_789_706
    assert n_weights(VGG(), images(3, 32)) == 2_789_706
    assert n_weights(VGG(norm="none"), images(3, 32)) == 2_789_706 - norms


def test_parameter_count_of_vgg_16() -> None:
    weights = convolutions([3, 64, 64, 128, 128, *[256] * 3, *[512] * 6])
    norms = 2 * (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512)
    assert n_weights(VGG(depth=16), images(3, 32)) == weights + norms + 5_130 == 14_728_266


def test_linear_layers_of_vgg_9_are_small_unless_there_is_no_norm() -> None:
    small, kaiming = (built(VGG(width=16, norm=norm), images(3, 32)) for norm in ("batch", "none"))
    for name in ("hidden.1.weight", "head.weight"):
        assert float(small.get_parameter(name).detach().std()) == pytest.approx(1e-3, rel=0.1)
        assert float(kaiming.get_parameter(name).detach().std()) > 1e-2


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"VGG.depth is 11; choose one of 9, 16"):
        VGG(depth=11)  # type: ignore[arg-type]
