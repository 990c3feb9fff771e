"""Standardization by the training pictures."""

from __future__ import annotations

import torch

from benchmark.cells.data.image_folder import ImageFolder
from benchmark.cells.data.images import channel_statistics, image_splits
from benchmark.cells.data.splits import Examples
from benchmark.cells.streams import generator


def pictures(n: int, *, first_divisor: int = 1) -> Examples:
    stream = generator(0, "pictures", n)
    inputs = torch.randint(0, 256, (n, 3, 8, 8), generator=stream).to(torch.uint8)
    inputs[:, 0] //= first_divisor
    return Examples(inputs=inputs, targets=torch.arange(n) % 2)


def test_statistics_equal_those_of_all_pixels() -> None:
    inputs = pictures(50, first_divisor=3).inputs
    mean, sd = channel_statistics(inputs)
    pixels = inputs.double().movedim(1, 0).flatten(1)
    torch.testing.assert_close(mean.double(), pixels.mean(1), rtol=1e-6, atol=0)
    torch.testing.assert_close(sd.double(), pixels.std(1, correction=0), rtol=1e-6, atol=0)


def test_statistics_do_not_depend_on_the_order() -> None:
    inputs = pictures(50).inputs
    for forward, backward in zip(channel_statistics(inputs), channel_statistics(inputs.flip(0)), strict=True):
        assert torch.equal(forward, backward)


def test_all_splits_are_shifted_by_the_training_pictures() -> None:
    train, test = pictures(40), pictures(30, first_divisor=4)
    splits = image_splits(
        train=train, val=test.take(slice(0)), test=test, sampling=ImageFolder(name="x"), classes=("a", "b")
    )
    assert splits.train.inputs.dtype == torch.float32
    assert splits.train.inputs.mean(dim=(0, 2, 3)).abs().max() < 1e-5
    mean, sd = (value[:, None, None] for value in channel_statistics(train.inputs))
    torch.testing.assert_close(splits.test.inputs, (test.inputs.float() - mean) / sd)
    assert len(splits.val) == 0


def test_constant_channel_becomes_zero() -> None:
    train = pictures(10)
    train.inputs[:, 0] = 7
    splits = image_splits(
        train=train, val=train, test=train, sampling=ImageFolder(name="x"), classes=("a", "b")
    )
    assert (splits.train.inputs[:, 0] == 0).all()
    assert splits.train.inputs.isfinite().all()


def test_only_training_labels_are_corrupted() -> None:
    train = pictures(40)
    noisy = ImageFolder(name="x", label_noise=0.5)
    splits = image_splits(train=train, val=train, test=train, sampling=noisy, classes=("a", "b"))
    assert (splits.train.targets != train.targets).sum() == 20
    assert torch.equal(splits.val.targets, train.targets)
    assert torch.equal(splits.test.targets, train.targets)
