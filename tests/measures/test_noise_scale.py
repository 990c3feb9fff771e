"""The noise scale of SGD."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from benchmark.measures.noise_scale import noise_scale
from tests.mutants import Mutant, red_with
from tests.toys import direct_loss, trained, values


def scale(training: Any) -> float:
    net = trained(nn.Identity(), torch.zeros(100, 1), task=direct_loss, training=training)
    value: float = values(noise_scale().compute(net)).value
    return value


@red_with(
    Mutant(noise_scale, "training.lr * n", "n"),
    Mutant(noise_scale, "min(training.batch_size, n)", "training.batch_size"),
)
def test_noise_scale_is_learning_rate_times_examples_over_batch() -> None:
    assert scale(SimpleNamespace(lr=0.1, batch_size=8)) == pytest.approx(0.1 * 100 / 8, rel=1e-15)
    assert scale(SimpleNamespace(lr=0.1, batch_size=500)) == pytest.approx(0.1, rel=1e-15)


def test_training_without_a_learning_rate_has_none() -> None:
    with pytest.raises(ValueError, match="without lr and batch_size"):
        scale("lbfgs")
