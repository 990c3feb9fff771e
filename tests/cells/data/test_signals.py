"""Standardization of signals by the training signals."""

from __future__ import annotations

import math

import pytest
import torch

from benchmark.cells.data.image_folder import ImageFolder
from benchmark.cells.data.mnist1d import MNIST1D
from benchmark.cells.data.signals import signal_splits, signal_statistics
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.standardized import standardized_splits
from benchmark.cells.streams import generator
from tests.mutants import Mutant, red_with


def signals(n: int, *, factor: int = 1) -> Examples:
    stream = generator(0, "signals", n)
    inputs = torch.randint(-9_000, 9_000, (n, 2, 7), generator=stream) * torch.tensor([[factor], [1]])
    return Examples(inputs=inputs.to(torch.int16), targets=torch.arange(n) % 3)


def splits_of(train: Examples, test: Examples, **options: float) -> Splits:
    sampling = MNIST1D(n_train=len(train), **options)  # type: ignore[arg-type]
    return signal_splits(train=train, val=test, test=test, sampling=sampling, classes=("a", "b", "c"))


@red_with(
    Mutant(signal_statistics, "- total**2", ""),
    Mutant(signal_statistics, "shape[0] * signals_NCS.shape[2]", "shape[0]"),
)
def test_statistics_equal_those_of_all_values() -> None:
    mean, sd = signal_statistics(signals(50, factor=2).inputs)
    values = signals(50, factor=2).inputs.double().movedim(1, 0).flatten(1)
    assert torch.allclose(mean.double(), values.mean(1), rtol=1e-6, atol=0)
    assert torch.allclose(sd.double(), values.std(1, correction=0), rtol=1e-6, atol=0)


def test_the_largest_values_do_not_overflow() -> None:
    extremes = torch.tensor([-32768, 32767], dtype=torch.int16).repeat(2_000_000).view(1, 1, -1)
    mean, sd = signal_statistics(extremes)
    assert (mean.item(), sd.item()) == (-0.5, 32767.5)


def test_statistics_do_not_depend_on_the_order() -> None:
    inputs = signals(50).inputs
    for forward, backward in zip(signal_statistics(inputs), signal_statistics(inputs.flip(0)), strict=True):
        assert torch.equal(forward, backward)


@red_with(Mutant(standardized_splits, ".sub_(mean_C.view(-1, *positions))", ""))
def test_all_splits_are_shifted_and_scaled_by_the_training_signals() -> None:
    train, test = signals(40), signals(30, factor=3)
    splits = splits_of(train, test)
    mean, sd = (value[:, None] for value in signal_statistics(train.inputs))
    assert splits.train.inputs.dtype == torch.float32
    for ours, raw in ((splits.train, train), (splits.val, test), (splits.test, test)):
        assert torch.allclose(ours.inputs, (raw.inputs.float() - mean) / sd)


def test_the_precision_is_that_of_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_default_dtype(torch.float64)
    try:
        inputs = splits_of(signals(40), signals(30)).train.inputs
    finally:
        torch.set_default_dtype(torch.float32)
    assert inputs.dtype == torch.float64
    by_channel = inputs.movedim(1, 0).flatten(1)
    assert by_channel.mean(1).abs().max() < 1e-14
    assert (by_channel.std(1, correction=0) - 1).abs().max() < 1e-14


def test_a_constant_channel_becomes_zero() -> None:
    train = signals(10)
    train.inputs[:, 0] = 7
    inputs = splits_of(train, train).train.inputs
    assert (inputs[:, 0] == 0).all() and inputs.isfinite().all()


@red_with(
    Mutant(
        standardized_splits,
        "inputs=standardized(test.inputs), targets=test.targets",
        "inputs=standardized(test.inputs), targets=noisy",
    )
)
def test_only_training_labels_are_corrupted() -> None:
    train = signals(40)
    splits = splits_of(train, train, label_noise=0.25)
    assert (splits.train.targets != train.targets).sum() == 10
    assert torch.equal(splits.val.targets, train.targets)
    assert torch.equal(splits.test.targets, train.targets)


def test_pictures_and_signals_of_the_same_numbers_are_standardized_alike() -> None:
    from benchmark.cells.data.images import image_splits

    stream = generator(0, "both")
    pixels = torch.randint(0, 256, (20, 2, 6), generator=stream)
    targets, classes = torch.arange(20) % 2, ("a", "b")
    flat = Examples(inputs=pixels.to(torch.int16), targets=targets)
    square = Examples(inputs=pixels.view(20, 2, 2, 3).to(torch.uint8), targets=targets)
    noisy = ImageFolder(name="x", label_noise=0.5)
    one = signal_splits(train=flat, val=flat, test=flat, sampling=noisy, classes=classes)
    other = image_splits(train=square, val=square, test=square, sampling=noisy, classes=classes)
    assert torch.allclose(one.train.inputs, other.train.inputs.flatten(2), rtol=1e-5, atol=1e-6)
    assert torch.equal(one.train.targets, other.train.targets)
    assert (one.task.kind, other.task.kind) == ("vectors", "images")
    assert math.prod(one.task.input_shape) == math.prod(other.task.input_shape)
