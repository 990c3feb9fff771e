"""The small convolutional network."""

from __future__ import annotations

import pytest

from benchmark.cells.models.small_cnn import SmallCNN
from tests.cells.models.networks import images, n_weights


def test_parameter_counts() -> None:
    assert n_weights(SmallCNN(), images(1, 28)) == 23_946
    biases, norms = 16 + 32 + 64, 2 * (16 + 32 + 64)
    assert n_weights(SmallCNN(norm="batch"), images(1, 28)) == 23_946 - biases + norms


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match=r"SmallCNN.width is 1.5; give an integer >= 1"):
        SmallCNN(width=1.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"SmallCNN.norm is 'group'"):
        SmallCNN(norm="group")  # type: ignore[arg-type]
