"""How folders of pictures are understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmark.cells.data.folder_layout import list_folder
from tests.cells.data.conftest import PictureFolder


def test_given_split_is_kept(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"train/cat": 3, "train/dog": 2, "test/dog": 1})
    listing = list_folder(folder)
    assert listing.classes == ("cat", "dog")
    assert [label for _, label in listing.train] == [0, 0, 0, 1, 1]
    assert listing.test == ((folder / "test/dog/000.png", 1),)


def test_drawn_split_takes_a_sixth_of_every_class(picture_folder: PictureFolder) -> None:
    listing = list_folder(picture_folder("p", {"cat": 12, "dog": 6, "eel": 5}))
    assert [label for _, label in listing.test] == [0, 0, 1]
    assert len(listing.train) == 20
    assert not set(listing.train) & set(listing.test)
    assert "one in six" in listing.split


def test_drawn_split_is_the_same_every_time(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 12, "dog": 12})
    assert list_folder(folder) == list_folder(folder)


def test_hidden_and_other_files_are_passed_over(picture_folder: PictureFolder) -> None:
    folder = picture_folder("p", {"cat": 6, "dog": 6, ".git": 1})
    (folder / "README.txt").write_text("about cats")
    (folder / "cat" / "Thumbs.db").write_bytes(b"")
    (folder / "cat" / "._000.png").write_bytes(b"")
    listing = list_folder(folder)
    assert len(listing.train) + len(listing.test) == 12


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ({"train/cat": 1}, "holds the folders train; rename"),
        ({"train/cat": 1, "val/cat": 1}, "holds the folders train, val; rename"),
        ({"train/cat": 1, "test/dog": 1}, "has classes that train lacks .dog."),
        ({"cat": 6, "dog": 0}, "dog holds no pictures"),
        ({"cat": 5, "dog": 5}, "has no class with six pictures"),
        ({"pets/cat": 6, "pets/dog": 6}, "pets holds no pictures"),
    ],
)
def test_folder_out_of_place_is_named(
    picture_folder: PictureFolder, counts: dict[str, int], message: str
) -> None:
    folder = picture_folder("p", counts)
    with pytest.raises(ValueError, match=message) as caught:
        list_folder(folder)
    assert str(folder) in str(caught.value)


def test_missing_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nowhere is not a folder"):
        list_folder(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty holds no folders"):
        list_folder(tmp_path / "empty")
