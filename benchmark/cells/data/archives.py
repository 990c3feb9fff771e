"""Published archives, downloaded or found on disk, as tensors; torchvision knows addresses and formats."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import torchvision
from torchvision.datasets.utils import check_integrity

from benchmark.cells.data.published_names import published
from benchmark.cells.data.splits import Examples
from benchmark.cells.data.stored import Pictures


def read_archives(name: str, *, source: Path | None, unpacked_in: Path) -> tuple[Pictures, tuple[str, ...]]:
    """Return the pictures of the published data set `name` and the names of its classes.

    Args:
        name: a key of `names.published`.
        source: folder with the published archives, anywhere below it; None downloads them.
        unpacked_in: folder to unpack in; complete archives left there by an earlier attempt are used again.

    Raises:
        FileNotFoundError: when `source` lacks an archive with the published checksum; nothing is downloaded.
        ConnectionError: when a download fails.
    """
    dataset = getattr(torchvision.datasets, published[name])
    place = unpacked_in / dataset.__name__ / "raw" if hasattr(dataset, "resources") else unpacked_in
    place.mkdir(parents=True, exist_ok=True)
    if source is not None:
        for file, md5 in archive_sums(dataset).items():
            shutil.copyfile(_found(file, md5, source), place / file)
    # With all archives in place and verified, `download=True` only unpacks them.
    try:
        if hasattr(dataset, "split_list"):
            train, test = (dataset(unpacked_in, split=part, download=True) for part in ("train", "test"))
        else:
            train, test = (dataset(unpacked_in, train=part, download=True) for part in (True, False))
    except (OSError, RuntimeError) as error:
        files = ", ".join(archive_sums(dataset))
        raise ConnectionError(
            f"fetching {name} failed ({error}); get {files} by other means and name the folder they are in"
        ) from error
    return Pictures(train=examples_of(train), test=examples_of(test)), classes_of(train)


def archive_sums(dataset: Any) -> dict[str, str]:
    """Return the MD5 sum of every archive that makes up a torchvision data set."""
    if hasattr(dataset, "tgz_md5"):
        return {dataset.filename: dataset.tgz_md5}
    if hasattr(dataset, "split_list"):
        return {file: md5 for _, file, md5 in (dataset.split_list["train"], dataset.split_list["test"])}
    return dict(dataset.resources)


def examples_of(dataset: Any) -> Examples:
    """Return all examples of a torchvision data set: uint8 (N, C, H, W) and int64 (N,)."""
    pictures = torch.as_tensor(dataset.data)
    if pictures.ndim == 3:  # MNIST: no channels
        pictures = pictures.unsqueeze(1)
    elif pictures.shape[-1] == 3:  # CIFAR: channels last
        pictures = pictures.permute(0, 3, 1, 2)
    targets = dataset.labels if hasattr(dataset, "labels") else dataset.targets
    return Examples(inputs=pictures.contiguous(), targets=torch.as_tensor(targets, dtype=torch.int64))


def classes_of(dataset: Any) -> tuple[str, ...]:
    """Return the names of the classes; SVHN's are not listed, they are the digits."""
    return tuple(dataset.classes) if hasattr(dataset, "classes") else tuple("0123456789")


def _found(file: str, md5: str, source: Path) -> Path:
    for path in sorted(source.rglob(file)):
        if check_integrity(path, md5):
            return path
    raise FileNotFoundError(f"{source} has no {file} with MD5 {md5}; put the published archive there")
