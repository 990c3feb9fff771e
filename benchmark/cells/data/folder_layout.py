"""Which files of a folder are pictures, of which class, and whether they train or test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from benchmark.cells.streams import generator

endings = (".bmp", ".gif", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")

LabelledFile = tuple[Path, int]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """The pictures in a folder, by class and file name, each with the number of its class.

    Attributes:
        train: files of the training pool.
        test: files of the test set.
        classes: names of the classes, sorted.
        split: how test pictures were told from training pictures, in words.
    """

    train: tuple[LabelledFile, ...]
    test: tuple[LabelledFile, ...]
    classes: tuple[str, ...]
    split: str


def list_folder(folder: Path) -> Listing:
    """Return what `train/<class>/*` and `test/<class>/*`, or else `<class>/*`, hold in `folder`.

    In the second case a sixth of every class, drawn with a fixed seed, tests. Hidden files, and files whose
    names do not end like a picture's, are passed over.

    Raises:
        ValueError: naming the folder that is empty or out of place.
    """
    parts = _subfolders(folder)
    if {"train", "test"} & set(parts):
        return _given(folder, parts)
    files = _labelled_files(folder, parts)
    tests = _sixth(files)
    if not tests:
        raise ValueError(
            f"{folder} has no class with six pictures, so that none would be left to test; add more"
        )
    return Listing(
        train=tuple(file for file in files if file not in tests),
        test=tuple(file for file in files if file in tests),
        classes=parts,
        split="drawn: one in six of every class tests",
    )


def _given(folder: Path, parts: tuple[str, ...]) -> Listing:
    if set(parts) != {"train", "test"}:
        raise ValueError(
            f"{folder} holds the folders {', '.join(parts)}; rename them to train and test, no others"
        )
    classes = _subfolders(folder / "train")
    if unknown := sorted(set(_subfolders(folder / "test")) - set(classes)):
        raise ValueError(
            f"{folder / 'test'} has classes that train lacks ({', '.join(unknown)}); remove them"
        )
    return Listing(
        train=_labelled_files(folder / "train", classes),
        test=_labelled_files(folder / "test", classes),
        classes=classes,
        split="given: folders train and test",
    )


def _subfolders(folder: Path) -> tuple[str, ...]:
    if not folder.is_dir():
        raise ValueError(
            f"{folder} is not a folder; name one that holds a folder of pictures for every class"
        )
    found = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not found:
        raise ValueError(f"{folder} holds no folders; it should hold a folder of pictures for every class")
    return tuple(found)


def _labelled_files(folder: Path, classes: tuple[str, ...]) -> tuple[LabelledFile, ...]:
    present = [(folder / name, label) for label, name in enumerate(classes) if (folder / name).is_dir()]
    return tuple((path, label) for class_folder, label in present for path in _pictures(class_folder))


def _pictures(class_folder: Path) -> list[Path]:
    visible = (path for path in class_folder.iterdir() if not path.name.startswith("."))
    found = sorted(path for path in visible if path.suffix.lower() in endings)
    if not found:
        raise ValueError(
            f"{class_folder} holds no pictures ({' '.join(endings)}); add some or remove the folder"
        )
    return found


def _sixth(files: tuple[LabelledFile, ...]) -> frozenset[LabelledFile]:
    """Draw a sixth of the files of every class, rounded down."""
    drawn: set[LabelledFile] = set()
    for label in {label for _, label in files}:
        same_class = [file for file in files if file[1] == label]
        order = torch.randperm(len(same_class), generator=generator(0, "test", label)).tolist()
        drawn |= {same_class[index] for index in order[: len(same_class) // 6]}
    return frozenset(drawn)
