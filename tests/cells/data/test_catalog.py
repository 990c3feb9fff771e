"""Adding, pinning, verifying and loading data sets."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark.cells.data import catalog, stored
from benchmark.cells.data.digits import Digits
from benchmark.cells.data.image_folder import ImageFolder
from benchmark.cells.data.manifest import DataMismatch, DataMissing, read_manifest
from benchmark.cells.data.mnist1d import MNIST1D
from benchmark.cells.data.torchvision_sets import CIFAR10
from tests.cells.data.conftest import PictureFolder


@pytest.fixture
def pets(picture_folder: PictureFolder) -> Path:
    """Add a data set "pets": 20 training and 8 test pictures."""
    counts = {"train/cat": 10, "train/dog": 10, "test/cat": 4, "test/dog": 4}
    folder = picture_folder("pets", counts)
    catalog.add("pets", folder)
    return folder


def test_manifest_describes_the_data_set(pets: Path) -> None:
    manifest = read_manifest("pets")
    assert manifest.counts == {"train": 20, "test": 8}
    assert manifest.classes == ["cat", "dog"]
    assert manifest.shapes["train_inputs"] == [20, 3, 8, 10]
    assert str(pets.parent) not in json.dumps(dataclasses.asdict(manifest))


def test_names_lists_what_is_there(pets: Path) -> None:
    assert catalog.names() == ["pets"]


def test_loaded_splits_have_the_sizes_asked_for(pets: Path) -> None:
    splits = ImageFolder(name="pets", n_train=12, n_val=5, n_test=3).load()
    assert [len(part) for part in (splits.train, splits.val, splits.test)] == [12, 5, 3]
    assert splits.task.classes == ("cat", "dog")
    assert splits.task.input_shape == (3, 8, 10)


def test_by_default_everything_is_loaded(pets: Path) -> None:
    splits = ImageFolder(name="pets", n_val=5).load()
    assert [len(part) for part in (splits.train, splits.val, splits.test)] == [15, 5, 8]
    assert splits.test.targets.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_train_and_validation_are_disjoint(pets: Path) -> None:
    splits = ImageFolder(name="pets", n_val=5).load()
    assert len(torch.unique(torch.cat([splits.train.inputs, splits.val.inputs]), dim=0)) == 20


def test_split_seed_moves_the_training_pictures_and_not_the_test(pets: Path) -> None:
    first, second = (
        ImageFolder(name="pets", n_train=10, n_test=4, split_seed=seed).load() for seed in (0, 1)
    )
    assert not torch.equal(first.train.targets, second.train.targets)
    assert torch.equal(first.test.targets, second.test.targets)


def test_capped_test_set_mixes_the_classes(pets: Path) -> None:
    assert set(ImageFolder(name="pets", n_test=4).load().test.targets.tolist()) == {0, 1}


def test_more_than_there_is_is_refused_at_loading(pets: Path) -> None:
    with pytest.raises(ValueError, match=r"ImageFolder\.n_train is 21; give at most 20"):
        ImageFolder(name="pets", n_train=21).load()


def test_pinned_spec_carries_the_digest(pets: Path) -> None:
    pinned = catalog.pin(ImageFolder(name="pets"))
    assert pinned.digest == read_manifest("pets").sha256
    assert catalog.pin(pinned) == pinned
    assert len(pinned.load().train) == 20


def test_spec_pinned_to_other_pictures_is_refused(pets: Path) -> None:
    other = ImageFolder(name="pets", digest="0" * 64)
    with pytest.raises(DataMismatch, match="restore the old pictures"):
        catalog.pin(other)
    with pytest.raises(DataMismatch, match=r"0{64} was asked for"):
        other.load()


def test_data_that_need_no_pin_are_returned_as_they_are() -> None:
    assert catalog.pin(Digits()) == Digits()
    assert catalog.pin(MNIST1D()) == MNIST1D()


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("cifar10", "lossbench data fetch cifar10"),
        ("own", "lossbench data add own FOLDER$"),
        ("cifar-10", r"lossbench data add cifar-10 FOLDER \(or did you mean 'cifar10'\?\)"),
        ("mnist-1d", r"did you mean 'mnist1d'\?"),
        ("fashion-mnist", r"did you mean 'fashionmnist'\?"),
    ],
)
def test_missing_data_say_what_to_type(name: str, command: str) -> None:
    with pytest.raises(DataMissing, match=command):
        catalog.pin(catalog.named(name))


def test_named_makes_the_spec_with_its_options() -> None:
    assert catalog.named("digits", n_train=100) == Digits(n_train=100)
    assert catalog.named("mnist1d", n_test=1000) == MNIST1D(n_test=1000)
    assert catalog.named("cifar10", split_seed=3) == CIFAR10(split_seed=3)
    assert catalog.named("pets", n_val=2) == ImageFolder(name="pets", n_val=2)


def test_every_flipped_bit_is_found(pets: Path, data_folder: Path) -> None:
    path = data_folder / "pets" / "tensors.safetensors"
    content = bytearray(path.read_bytes())
    for place in range(8, len(content), len(content) // 40):
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(DataMismatch, match=r"tensors\.safetensors .*lossbench data add pets"):
            catalog.verify("pets")
        content[place] ^= 1


@pytest.mark.parametrize("content", [b"", b"<html>", None])
def test_truncated_or_lost_tensors_are_found(pets: Path, data_folder: Path, content: bytes | None) -> None:
    path = data_folder / "pets" / "tensors.safetensors"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DataMismatch, match=r"tensors\.safetensors cannot be read"):
        ImageFolder(name="pets").load()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "pets"}'])
def test_damaged_manifest_is_named(pets: Path, data_folder: Path, text: str) -> None:
    (data_folder / "pets" / "manifest.json").write_text(text)
    with pytest.raises(DataMismatch, match=r"manifest\.json is damaged"):
        catalog.verify("pets")


def test_swapped_folder_is_found(pets: Path, data_folder: Path) -> None:
    (data_folder / "pets").rename(data_folder / "cars")
    with pytest.raises(DataMismatch, match="describes 'pets', not 'cars'"):
        catalog.verify("cars")


def test_many_cells_read_the_disk_once(pets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []
    read = stored.read_pictures

    def counted(path: Path, sha256: str) -> stored.Pictures:
        reads.append(path)
        return read(path, sha256)

    monkeypatch.setattr(stored, "read_pictures", counted)
    for seed in range(3):
        ImageFolder(name="pets", n_train=10, split_seed=seed).load()
    assert len(reads) == 1


def test_loading_leaves_the_kept_pictures_untouched(pets: Path) -> None:
    first = ImageFolder(name="pets").load()
    first.train.inputs.zero_()
    first.test.inputs.zero_()
    assert ImageFolder(name="pets").load().test.inputs.abs().sum() > 0
    assert ImageFolder(name="pets").load().train.inputs.abs().sum() > 0


def test_adding_the_same_pictures_again_changes_nothing(pets: Path) -> None:
    assert catalog.add("pets", pets) == read_manifest("pets")


def test_other_pictures_do_not_replace_a_data_set_unasked(pets: Path) -> None:
    before = read_manifest("pets")
    (pets / "train" / "cat" / "000.png").unlink()
    with pytest.raises(FileExistsError, match="choose another name"):
        catalog.add("pets", pets)
    assert catalog.verify("pets") == before
    assert catalog.add("pets", pets, replace=True).counts["train"] == 19
    assert len(ImageFolder(name="pets").load().train) == 19


def test_failed_write_keeps_the_old_data_set(
    pets: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = catalog.verify("pets")
    (pets / "train" / "cat" / "000.png").unlink()

    def full_disk(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        catalog.add("pets", pets, replace=True)
    assert catalog.verify("pets") == before
    assert sorted(path.name for path in (data_folder / "pets").iterdir()) == [
        "manifest.json",
        "tensors.safetensors",
    ]


def test_built_in_names_cannot_be_added(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="belongs to a built-in"):
        catalog.add("cifar10", tmp_path)


def test_planning_with_data_specs_loads_no_torch(pets: Path) -> None:
    code = (
        "import sys; sys.modules['torch'] = None; sys.modules['torchvision'] = None\n"
        "from benchmark.cells.data import catalog\n"
        "print(catalog.pin(catalog.named('pets')).digest, catalog.names(), catalog.named('digits'))\n"
        "catalog.pin(catalog.named('mnist1d'))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert read_manifest("pets").sha256 in done.stdout
