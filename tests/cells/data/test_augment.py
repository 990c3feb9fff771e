"""Random crops and flips against the obvious loop."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from benchmark.cells.data.augment import crop_flip
from benchmark.cells.streams import generator

padding = 2
batch = torch.randn(64, 3, 6, 5, generator=generator(0, "pictures"), dtype=torch.float64)


def possible(picture: Tensor) -> list[Tensor]:
    """Return all shifted and mirrored versions of one picture."""
    padded = functional.pad(picture, [padding] * 4)
    places = [(top, left) for top in range(2 * padding + 1) for left in range(2 * padding + 1)]
    crops = [padded[:, top : top + 6, left : left + 5] for top, left in places]
    return crops + [crop.flip(-1) for crop in crops]


def test_every_picture_is_a_shifted_or_mirrored_one() -> None:
    for before, after in zip(batch, crop_flip(batch, generator(0, "augment"), padding), strict=True):
        assert sum(torch.equal(after, version) for version in possible(before)) == 1


def test_all_versions_occur_equally_often() -> None:
    same = batch[:1].expand(10_000, -1, -1, -1)
    results = crop_flip(same, generator(0, "augment"), padding)
    counts = torch.tensor(
        [float((results == version).all(dim=(1, 2, 3)).sum()) for version in possible(batch[0])]
    )
    assert counts.sum() == 10_000
    assert ((counts - 200).abs() < 5 * 200**0.5).all()


def test_pictures_of_one_batch_are_moved_differently() -> None:
    results = crop_flip(batch[:1].expand(64, -1, -1, -1), generator(0, "augment"), padding)
    assert len(torch.unique(results, dim=0)) > 16


def test_equal_streams_augment_alike() -> None:
    first, second = (crop_flip(batch, generator(7, "augment", 3)) for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, crop_flip(batch, generator(7, "augment", 4)))


def test_without_padding_pictures_are_only_mirrored() -> None:
    results = crop_flip(batch, generator(0, "augment"), 0)
    mirrored = (results == batch.flip(-1)).all(dim=(1, 2, 3))
    kept = (results == batch).all(dim=(1, 2, 3))
    assert (mirrored ^ kept).all()
    assert 0 < mirrored.sum() < 64
