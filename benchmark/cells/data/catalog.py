"""The data sets in the data folder: add, fetch, verify, and pin specs to them.

Neither planning nor pinning loads torch; only what decodes or hashes pictures does.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmark.cells.data.digits import Digits
from benchmark.cells.data.image_folder import ImageFolder
from benchmark.cells.data.manifest import (
    DataMismatch,
    DataMissing,
    Manifest,
    data_dir,
    manifest_path,
    read_manifest,
    tensors_path,
)
from benchmark.cells.data.mnist1d import MNIST1D
from benchmark.cells.data.published_names import check_own_name, published
from benchmark.cells.data.torchvision_sets import CIFAR10, CIFAR100, MNIST, SVHN, FashionMNIST
from benchmark.store.files import write_atomic

if TYPE_CHECKING:
    from benchmark.cells.data.pictures import Progress
    from benchmark.cells.data.stored import Pictures

StoredSpec = CIFAR10 | CIFAR100 | MNIST | FashionMNIST | SVHN | ImageFolder
Spec = TypeVar("Spec")

built_in = {spec.name: spec for spec in (Digits, MNIST1D, CIFAR10, CIFAR100, MNIST, FashionMNIST, SVHN)}


def named(name: str, **options: Any) -> Digits | MNIST1D | StoredSpec:
    """Return the data spec called `name`: built in, or pictures added under that name; reads no file."""
    if name in built_in:
        return built_in[name](**options)
    return ImageFolder(name=name, **options)


def pin(spec: Spec) -> Spec:
    """Return `spec` with the digest of the pictures on disk, so that its key names those and no others.

    A spec whose data are not in the data folder (embedded, or defined elsewhere) is returned as it is.

    Raises:
        DataMissing: when they are not there; the message says what to type.
        DataMismatch: when `spec` is already pinned to other pictures.
    """
    if not isinstance(spec, StoredSpec):
        return spec
    found = read_manifest(spec.name).sha256
    if spec.digest not in ("", found):
        raise DataMismatch(
            f"{type(spec).__name__}.digest is {spec.digest}, but the pictures on disk have {found}; "
            "restore the old pictures, or leave the digest out"
        )
    return dataclasses.replace(spec, digest=found)


def names() -> list[str]:
    """Return the names of the data sets in the data folder, sorted."""
    return sorted(path.parent.name for path in data_dir().glob("[!.]*/manifest.json"))


def add(
    name: str,
    folder: Path,
    *,
    size: int | None = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Decode the pictures in `folder` and store them under `name`; see `listing.list_folder` for the layout.

    Raises:
        ValueError: on an illegal name, or naming the file or folder that cannot be used.
        FileExistsError: when other pictures have that name and `replace` is False.
    """
    check_own_name(name)
    from benchmark.cells.data.folder_layout import list_folder
    from benchmark.cells.data.pictures import decode

    listing = list_folder(folder)
    pictures = decode(listing, size=size, progress=progress)
    source = f"folder {folder.resolve().name}" + ("" if size is None else f", scaled to {size} x {size}")
    return _store(name, pictures, listing.classes, source=source, split=listing.split, replace=replace)


def fetch(name: str, source: Path | None = None) -> Manifest:
    """Store the published data set `name`, from archives in the folder `source`, else by a download.

    Does nothing but verify when it is already there.

    Raises:
        ValueError: when no published data set has that name.
        FileNotFoundError: when `source` lacks an archive.
        ConnectionError: when a download fails.
    """
    if name not in published:
        choices = ", ".join(sorted(published))
        raise ValueError(f"there is no published data set {name!r}; choose one of {choices}")
    if manifest_path(name).exists():
        return verify(name)
    from benchmark.cells.data.archives import read_archives

    unpacked_in = manifest_path(name).parent / "download"
    pictures, classes = read_archives(name, source=source, unpacked_in=unpacked_in)
    source_name = f"torchvision {published[name]}"
    manifest = _store(name, pictures, classes, source=source_name, split="published", replace=False)
    shutil.rmtree(unpacked_in)
    return manifest


def verify(name: str) -> Manifest:
    """Hash the stored pictures anew and return their manifest.

    Raises:
        DataMissing: when they are not there.
        DataMismatch: when they are damaged, or not the ones the manifest describes.
    """
    from benchmark.cells.data.stored import read_pictures

    manifest = read_manifest(name)
    read_pictures(tensors_path(name), manifest.sha256)
    return manifest


def _store(
    name: str, pictures: Pictures, classes: tuple[str, ...], *, source: str, split: str, replace: bool
) -> Manifest:
    from safetensors.torch import save

    packages = ("lossbench", "pillow", "torchvision")
    manifest = Manifest(
        name=name,
        kind="images",
        sha256=pictures.digest,
        shapes={key: list(tensor.shape) for key, tensor in pictures.tensors.items()},
        classes=list(classes),
        counts={"train": len(pictures.train), "test": len(pictures.test)},
        source=source,
        split=split,
        created_by=", ".join(f"{package} {_version(package)}" for package in packages),
    )
    if not replace and _other_pictures(manifest):
        raise FileExistsError(
            f"{manifest_path(name).parent} holds other pictures, and results may rest on them; "
            "choose another name, or ask for replacement"
        )
    # The manifest comes last: without it a data set does not exist.
    write_atomic(tensors_path(name), save(pictures.tensors))
    text = json.dumps(dataclasses.asdict(manifest), indent=2, sort_keys=True, ensure_ascii=False)
    write_atomic(manifest_path(name), f"{text}\n".encode())
    return manifest


def _other_pictures(manifest: Manifest) -> bool:
    try:
        return read_manifest(manifest.name).sha256 != manifest.sha256
    except DataMissing:
        return False


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "(source tree)"
