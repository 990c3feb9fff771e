"""Bad options are refused when a spec is made, before any data are touched."""

from __future__ import annotations

from typing import Any

import pytest

from benchmark.cells.data.digits import Digits
from benchmark.cells.data.image_folder import ImageFolder
from benchmark.cells.data.mnist1d import MNIST1D
from benchmark.cells.data.torchvision_sets import CIFAR10, CIFAR100, MNIST, SVHN, FashionMNIST

specs = [Digits, MNIST1D, CIFAR10, CIFAR100, MNIST, FashionMNIST, SVHN, ImageFolder]


@pytest.mark.parametrize("spec", specs)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("n_train", 0),
        ("n_train", 5e3),
        ("n_val", -1),
        ("n_test", 0),
        ("label_noise", 1.5),
        ("label_noise", float("nan")),
        ("label_noise_mode", "flip"),
        ("split_seed", -1),
    ],
)
def test_bad_value_is_named_with_its_field(spec: Any, field: str, value: Any) -> None:
    name = {"name": "own"} if spec is ImageFolder else {}
    with pytest.raises(ValueError, match=rf"{spec.__name__}\.{field} is {value!r}; "):
        spec(**name, **{field: value})


@pytest.mark.parametrize(
    ("spec", "options", "field"),
    [
        (Digits, {"n_train": 1797}, "n_train"),
        (Digits, {"n_train": 1000, "n_val": 797}, "n_train"),
        (Digits, {"n_train": 1000, "n_val": 500, "n_test": 298}, "n_test"),
        (MNIST1D, {"n_train": 3_501}, "n_train"),
        (MNIST1D, {"n_train": None, "n_val": 4_000}, "n_val"),
        (MNIST1D, {"n_test": 11_001}, "n_test"),
        (CIFAR10, {"n_train": 50_000, "n_val": 1}, "n_train"),
        (CIFAR10, {"n_val": 50_000}, "n_val"),
        (MNIST, {"n_test": 10_001}, "n_test"),
    ],
)
def test_more_than_there_is_is_refused(spec: Any, options: dict[str, int], field: str) -> None:
    with pytest.raises(ValueError, match=rf"{spec.__name__}\.{field} is .*; give"):
        spec(**options)


def test_digits_need_a_number_of_training_pictures() -> None:
    with pytest.raises(ValueError, match=r"Digits\.n_train is None; give a number"):
        Digits(n_train=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "Upper", "../up", "a/b", ".hidden", "x" * 65, "nul\0", "trail\n"])
def test_names_that_could_leave_the_data_folder_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not allowed"):
        ImageFolder(name=name)


@pytest.mark.parametrize("name", ["digits", "mnist1d", "cifar10", "fashionmnist"])
def test_an_own_folder_cannot_take_a_built_in_name(name: str) -> None:
    with pytest.raises(ValueError, match="belongs to a built-in data set"):
        ImageFolder(name=name)
