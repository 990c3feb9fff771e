"""Decoding of picture files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmark.cells.data import pictures
from benchmark.cells.data.folder_layout import list_folder
from benchmark.cells.data.pictures import decode
from tests.cells.data.conftest import PictureFolder


def test_pixels_and_labels_arrive_unchanged(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"train/cat": 2, "train/dog": 3, "test/cat": 1})
    result = decode(list_folder(folder))
    assert result.train.inputs.shape == (5, 3, 8, 10)
    assert result.train.targets.tolist() == [0, 0, 1, 1, 1]
    expected = torch.from_numpy(np.array(Image.open(folder / "train/dog/000.png"))).permute(2, 0, 1)
    assert torch.equal(result.train.inputs[2], expected)


def test_grey_pictures_keep_one_channel(picture_folder: PictureFolder) -> None:
    result = decode(list_folder(picture_folder("p", {"cat": 6, "dog": 6}, grey=True)))
    assert result.train.inputs.shape == (10, 1, 8, 10)
    assert result.train.inputs.is_contiguous()


def test_progress_ends_at_the_number_of_pictures(
    picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "n_per_task", 5)
    seen: list[tuple[int, int]] = []
    decode(list_folder(picture_folder("p", {"cat": 6, "dog": 6})), progress=lambda *done: seen.append(done))
    assert seen == [(5, 12), (10, 12), (12, 12)]


def test_unequal_sizes_name_both_files_and_the_remedy(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    Image.new("RGB", (7, 9)).save(folder / "dog" / "003.png")
    with pytest.raises(
        ValueError, match=r"dog/003.png has 7 x 9 pixels but .*cat/00\d.png has 10 x 8; give a size"
    ):
        decode(list_folder(folder))


def test_size_scales_all_pictures(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    Image.new("RGB", (40, 20), "red").save(folder / "dog" / "odd.png")
    result = decode(list_folder(folder), size=4)
    assert result.train.inputs.shape[1:] == (3, 4, 4)


def test_size_below_one_is_refused(picture_folder: PictureFolder) -> None:
    with pytest.raises(ValueError, match="size is 0"):
        decode(list_folder(picture_folder("p", {"cat": 6})), size=0)


def test_damaged_picture_is_named(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    damaged = folder / "dog" / "002.png"
    damaged.write_bytes(damaged.read_bytes()[:60])
    with pytest.raises(ValueError, match=r"cannot read the picture .*dog/002\.png"):
        decode(list_folder(folder))


@pytest.mark.parametrize("content", [b"", b"<html>not found</html>"])
def test_file_that_is_no_picture_is_named(picture_folder: PictureFolder, content: bytes) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    (folder / "cat" / "000.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot read the picture .*cat/000\.png"):
        decode(list_folder(folder))


def test_missing_picture_is_named(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    (folder / "cat" / "lost.png").symlink_to(Path("nowhere.png"))
    with pytest.raises(ValueError, match=r"cannot read the picture .*cat/lost\.png"):
        decode(list_folder(folder))


def test_more_than_eight_bits_are_refused(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6})
    Image.fromarray(np.full((8, 10), 40_000, dtype=np.uint16)).save(folder / "cat" / "000.png")
    with pytest.raises(ValueError, match=r"cat/000\.png \(mode I;16 has more than 8 bits"):
        decode(list_folder(folder))
