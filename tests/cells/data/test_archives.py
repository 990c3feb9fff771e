"""Published archives from a local folder: the real file formats, with four training and two test pictures."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import scipy.io
import torch
import torchvision.datasets as published
from numpy.typing import NDArray

from benchmark.cells.data import catalog
from benchmark.cells.data.manifest import tensors_path
from benchmark.cells.data.stored import read_pictures

Bytes = NDArray[np.uint8]
labels = {"train": [3, 1, 0, 9], "test": [2, 7]}


def pixels(part: str, *shape: int) -> Bytes:
    rng = np.random.default_rng(len(part))
    return rng.integers(0, 256, (len(labels[part]), *shape), dtype=np.uint8)


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise OSError("a test must not use the network")

    monkeypatch.setattr("urllib.request.urlopen", refuse)


def write_mnist(folder: Path, monkeypatch: pytest.MonkeyPatch, dataset: Any) -> None:
    resources = []
    for part, prefix in (("train", "train"), ("test", "t10k")):
        n = len(labels[part])
        images = struct.pack(">IIII", 0x803, n, 28, 28) + pixels(part, 28, 28).tobytes()
        targets = struct.pack(">II", 0x801, n) + bytes(labels[part])
        for kind, content in (("images-idx3", images), ("labels-idx1", targets)):
            path = folder / f"{prefix}-{kind}-ubyte.gz"
            path.write_bytes(gzip.compress(content))
            resources.append((path.name, md5(path)))
    monkeypatch.setattr(dataset, "resources", resources)


def write_cifar(folder: Path, monkeypatch: pytest.MonkeyPatch, dataset: Any) -> None:
    key = "labels" if dataset is published.CIFAR10 else "fine_labels"
    names = [f"class {label}" for label in range(10)]
    contents: dict[str, Any] = {
        part: {"data": pixels(part, 3 * 32 * 32), key: labels[part]} for part in ("train", "test")
    }
    contents["names"] = {dataset.meta["key"]: names}
    sums = {}
    with tarfile.open(folder / dataset.filename, "w:gz") as archive:
        for file, content in contents.items():
            data = pickle.dumps(content)
            sums[file] = hashlib.md5(data, usedforsecurity=False).hexdigest()
            member = tarfile.TarInfo(f"{dataset.base_folder}/{file}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    monkeypatch.setattr(dataset, "tgz_md5", md5(folder / dataset.filename))
    monkeypatch.setattr(dataset, "train_list", [["train", sums["train"]]])
    monkeypatch.setattr(dataset, "test_list", [["test", sums["test"]]])
    monkeypatch.setattr(dataset, "meta", {**dataset.meta, "filename": "names", "md5": sums["names"]})


def write_svhn(folder: Path, monkeypatch: pytest.MonkeyPatch, dataset: Any) -> None:
    split_list = {}
    for part in ("train", "test"):
        path = folder / f"{part}_32x32.mat"
        tens = np.array([[label or 10] for label in labels[part]], dtype=np.uint8)  # SVHN writes 0 as 10
        scipy.io.savemat(path, {"X": pixels(part, 3, 32, 32).transpose(2, 3, 1, 0), "y": tens})
        split_list[part] = ["http://unused", path.name, md5(path)]
    monkeypatch.setattr(dataset, "split_list", split_list)


cases: list[tuple[str, Any, Callable[..., None], tuple[int, ...]]] = [
    ("mnist", published.MNIST, write_mnist, (28, 28)),
    ("fashionmnist", published.FashionMNIST, write_mnist, (28, 28)),
    ("cifar10", published.CIFAR10, write_cifar, (3 * 32 * 32,)),
    ("cifar100", published.CIFAR100, write_cifar, (3 * 32 * 32,)),
    ("svhn", published.SVHN, write_svhn, (3, 32, 32)),
]


@pytest.mark.parametrize(("name", "dataset", "write", "shape"), cases, ids=[case[0] for case in cases])
def test_local_archives_become_a_data_set_offline(
    name: str,
    dataset: Any,
    write: Callable[..., None],
    shape: tuple[int, ...],
    tmp_path: Path,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    archives = tmp_path / "archives" / "somewhere"
    archives.mkdir(parents=True)
    write(archives, monkeypatch, dataset)
    manifest = catalog.fetch(name, archives.parent)
    assert manifest.counts == {"train": 4, "test": 2}
    assert len(manifest.classes) == 10
    assert sorted(path.name for path in (data_folder / name).iterdir()) == [
        "manifest.json",
        "tensors.safetensors",
    ]

    raw = read_pictures(tensors_path(name), manifest.sha256).test
    assert torch.equal(raw.inputs, torch.from_numpy(pixels("test", *shape)).reshape(raw.inputs.shape))
    assert raw.targets.tolist() == labels["test"]
    assert len(catalog.pin(catalog.named(name)).load().train) == 4


def test_data_set_that_is_there_is_only_verified(
    tmp_path: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path, monkeypatch, published.MNIST)
    assert catalog.fetch("mnist", tmp_path) == catalog.fetch("mnist")


def test_damaged_archive_is_named_and_nothing_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_mnist(tmp_path, monkeypatch, published.MNIST)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(FileNotFoundError, match=r"has no t10k-labels-idx1-ubyte\.gz with MD5"):
        catalog.fetch("mnist", tmp_path)
    assert catalog.names() == []


def test_the_right_archive_is_told_by_its_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "FashionMNIST").mkdir()
    (tmp_path / "FashionMNIST" / "train-images-idx3-ubyte.gz").write_bytes(b"other pictures, same file name")
    (tmp_path / "MNIST").mkdir()
    write_mnist(tmp_path / "MNIST", monkeypatch, published.MNIST)
    assert catalog.fetch("mnist", tmp_path).counts["train"] == 4


def test_failed_download_names_the_archives() -> None:
    with pytest.raises(ConnectionError, match=r"get train_32x32\.mat, test_32x32\.mat by other means"):
        catalog.fetch("svhn")


def test_unknown_name_lists_the_published_ones() -> None:
    with pytest.raises(ValueError, match="choose one of cifar10, cifar100, fashionmnist, mnist, svhn"):
        catalog.fetch("imagenet")
