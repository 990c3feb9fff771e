"""Decoded pictures on disk, read once per process, and the splits drawn from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from benchmark.cells.data.digest import sha256_of
from benchmark.cells.data.images import image_splits
from benchmark.cells.data.manifest import DataMismatch, read_manifest, tensors_path
from benchmark.cells.data.published_names import remedy
from benchmark.cells.data.sampling import Sampling, check_sizes
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.streams import generator


@dataclass(frozen=True, kw_only=True, eq=False)
class Pictures:
    """All pictures of a data set as decoded: uint8 inputs, shape (N, C, H, W), int64 targets, shape (N,)."""

    train: Examples
    test: Examples

    @property
    def tensors(self) -> dict[str, Tensor]:
        """The four tensors by the names they are stored under."""
        return {
            "train_inputs": self.train.inputs,
            "train_targets": self.train.targets,
            "test_inputs": self.test.inputs,
            "test_targets": self.test.targets,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the four tensors: the identity of the data set."""
        return sha256_of(self.tensors)


def stored_splits(name: str, digest: str, sampling: Sampling) -> Splits:
    """Return the splits that `sampling` asks for of the stored data set `name`.

    Training and validation pictures are drawn from the training pool by `split_seed`. The test pictures are
    fixed; a cap `n_test` keeps a random subset of them (they may be sorted by class), the same for all seeds.

    Raises:
        DataMissing: when the data set is not there.
        DataMismatch: when its digest is neither `digest` (unless that is empty) nor what its manifest says.
        ValueError: when it has fewer pictures than asked for.
    """
    manifest = read_manifest(name)
    if digest not in ("", manifest.sha256):
        raise DataMismatch(
            f"the data set {name!r} in {tensors_path(name).parent} has the digest {manifest.sha256}, "
            f"but {digest} was asked for; restore the old pictures, or pin the spec anew"
        )
    pictures = _read_once(tensors_path(name).resolve(), manifest.sha256)
    pool, test = pictures.train, pictures.test
    check_sizes(sampling, pool=len(pool), test=len(test))
    n_train = len(pool) - sampling.n_val if sampling.n_train is None else sampling.n_train
    order = torch.randperm(len(pool), generator=generator(sampling.split_seed, "split"))
    if sampling.n_test is not None:
        test = test.take(torch.randperm(len(test), generator=generator(0, "test"))[: sampling.n_test])
    return image_splits(
        train=pool.take(order[:n_train]),
        val=pool.take(order[n_train : n_train + sampling.n_val]),
        test=test,
        sampling=sampling,
        classes=tuple(manifest.classes),
    )


def read_pictures(path: Path, sha256: str) -> Pictures:
    """Return the pictures stored in `path`, after comparing their hash with `sha256`.

    Raises:
        DataMismatch: when the file is missing or damaged, or holds other pictures.
    """
    cure = f"delete {path.parent} and run: {remedy(path.parent.name)}"
    try:
        tensors = load_file(path)
        pictures = Pictures(
            train=Examples(inputs=tensors["train_inputs"], targets=tensors["train_targets"]),
            test=Examples(inputs=tensors["test_inputs"], targets=tensors["test_targets"]),
        )
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise DataMismatch(f"{path} cannot be read ({error}); {cure}") from error
    if pictures.digest != sha256:
        raise DataMismatch(f"{path} has the digest {pictures.digest}, its manifest says {sha256}; {cure}")
    return pictures


@lru_cache(maxsize=1)
def _read_once(path: Path, sha256: str) -> Pictures:
    """Keep the data set last read: a worker trains many cells on one, and hashing costs seconds."""
    return read_pictures(path, sha256)
