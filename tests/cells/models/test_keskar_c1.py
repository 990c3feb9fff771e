"""Network C1 of Keskar et al. 2017."""

from __future__ import annotations

import math

import pytest
from torch import nn

from benchmark.cells.models.keskar_c1 import KeskarC1
from tests.cells.models.networks import built, images, n_weights


def test_parameter_count() -> None:
    convolutions = (25 * 3 * 64 + 64) + (25 * 64 * 64 + 64)
    linear = (7 * 7 * 64 * 384 + 384) + (384 * 192 + 192) + (192 * 10 + 10)
    norms = 2 * (64 + 64 + 384 + 192)
    assert n_weights(KeskarC1(), images(3, 32)) == convolutions + linear + norms


def test_weights_are_uniform_between_the_bounds_of_glorot() -> None:
    layer = built(KeskarC1(), images(3, 32)).get_submodule("hidden2.0")
    assert isinstance(layer, nn.Linear)
    bound = math.sqrt(6 / (384 + 192))
    assert float(layer.weight.detach().abs().max()) == pytest.approx(bound, rel=1e-3)
    assert float(layer.weight.detach().std()) == pytest.approx(bound / math.sqrt(3), rel=1e-2)


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"KeskarC1.dropout is 1; give a number from 0 to below 1"):
        KeskarC1(dropout=1)
