"""Corrupted labels: how many, which, and that nothing else depends on them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from benchmark.cells.data.label_noise import corrupted
from benchmark.cells.data.sampling import LabelNoise
from benchmark.cells.streams import generator

n_classes = 10
targets = torch.arange(20_000) % n_classes


def noisy(fraction: float, mode: LabelNoise = "flip_other", seed: int = 0) -> Tensor:
    stream = generator(seed, "label_noise")
    return corrupted(targets, fraction=fraction, mode=mode, n_classes=n_classes, generator=stream)


def test_no_noise_changes_nothing() -> None:
    assert torch.equal(noisy(0.0), targets)
    assert torch.equal(noisy(0.0, "resample"), targets)


@pytest.mark.parametrize("fraction", [0.1, 0.25, 1.0])
def test_flip_other_makes_exactly_that_fraction_wrong(fraction: float) -> None:
    assert (noisy(fraction) != targets).double().mean().item() == fraction


def test_flip_other_is_uniform_over_the_other_classes() -> None:
    shifts = (noisy(1.0) - targets) % n_classes
    counts = shifts.bincount(minlength=n_classes)
    assert counts[0] == 0
    expected = len(targets) / (n_classes - 1)
    assert ((counts[1:] - expected).abs() < 5 * expected**0.5).all()


def test_resample_leaves_a_tenth_right_by_chance() -> None:
    changed = (noisy(1.0, "resample") != targets).double().mean().item()
    assert changed == pytest.approx(0.9, abs=5 * (0.09 / len(targets)) ** 0.5)


@pytest.mark.parametrize("mode", ["flip_other", "resample"])
def test_more_noise_keeps_the_wrong_labels_of_less_noise(mode: LabelNoise) -> None:
    little, much = noisy(0.2, mode), noisy(0.6, mode)
    wrong = little != targets
    assert torch.equal(little[wrong], much[wrong])


def test_another_seed_corrupts_other_examples() -> None:
    assert not torch.equal(noisy(0.3, seed=0), noisy(0.3, seed=1))
