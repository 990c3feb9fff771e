"""The embedded signals of MNIST-1D."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest
import torch

from benchmark.cells.data.manifest import DataMismatch
from benchmark.cells.data.mnist1d import MNIST1D, read_signals, sha256, stored
from benchmark.cells.data.splits import Splits
from benchmark.cells.models.densenet import DenseNet
from benchmark.cells.models.keskar_c1 import KeskarC1
from benchmark.cells.models.mlp import MLP
from benchmark.cells.models.resnet import ResNet
from benchmark.cells.models.small_cnn import SmallCNN
from benchmark.cells.models.vgg import VGG
from benchmark.cells.training.adam import Adam
from benchmark.cells.training.sgd import SGD
from tests import root
from tests.cells.models.networks import Model, built
from tests.cells.training.problems import finish, weights
from tests.mutants import Mutant, red_with

canonical = [398, 396, 411, 394, 394, 402, 401, 404, 402, 398], [102, 104, 89, 106, 106, 98, 99, 96, 98, 102]
first = [
    [-680, -966, -1595, -2068, -1807, 213, 3365, 3384, 1399, -702, -3116, -2261, -35, 2078, 1277, -49,
     520, 1776, 1916, 2121, 3263, 2533, 840, -450, 201, 1086, 1066, 389, 144, 664, 550, -1186, -2239,
     -1771, -233, 40, -672, -1468, -1970, -1823],
    [4025, 4711, 4533, 4074, 3333, 1620, 1866, 1681, 1791, 2187, 2219, 2469, 1839, 1215, 100, -394, 327,
     493, 316, 969, -1494, -3910, -5181, -6449, -6348, -6142, -5486, -3026, -824, -1398, -923, 85, 1076,
     1608, 726, -1875, -3198, -3456, -2921, -2794],
    [-40, 161, 1280, 1268, 730, 339, 179, -41, -3178, -5493, -1337, 717, 553, -72, 730, 380, -710,
     -1187, -674, 862, 691, 654, -4, 231, 1920, 2046, 1860, 150, -1816, -853, 248, 277, -145, 145, 333,
     -855, -1468, -2223, -3682, -4742],
]  # fmt: skip


def keys_of(splits: Splits, *parts: str) -> list[set[bytes]]:
    """Return the signals of each part; no two of all that are stored are equal."""
    return [{signal.numpy().tobytes() for signal in getattr(splits, part).inputs} for part in parts]


def test_the_first_signals_and_the_classes_are_those_of_the_generator() -> None:
    signals = read_signals(stored)
    assert signals.inputs[:3, 0].tolist() == first
    assert signals.targets[:12].tolist() == [2, 6, 4, 5, 6, 6, 6, 0, 3, 1, 6, 9]
    parts = torch.tensor_split(signals.targets, (4000, 5000))
    assert [part.bincount().tolist() for part in parts] == [*canonical, [1000] * 10]


def test_signals_are_standardized_by_the_generator_set_by_set() -> None:
    signals = read_signals(stored).inputs.double() / 2048
    for part in torch.tensor_split(signals, (5000,)):
        assert abs(part.mean()) < 1e-5
        assert abs(part.std(correction=0) - 1) < 1e-5


def test_no_signal_is_stored_twice() -> None:
    signals = read_signals(stored)
    assert len(torch.unique(signals.inputs, dim=0)) == len(signals) == 15_000


def test_the_file_has_the_hash_that_the_code_says() -> None:
    assert hashlib.sha256(stored.read_bytes()).hexdigest() == sha256


@red_with(Mutant(read_signals, "if found != sha256:", "if False:"))
def test_a_damaged_or_missing_file_is_refused(tmp_path: Path) -> None:
    content = bytearray(stored.read_bytes())
    content[-1] ^= 1  # of the padding or the checksum at the end
    damaged = tmp_path / "mnist1d.npy.bz2"
    damaged.write_bytes(stored.read_bytes() + b"more")
    assert refusal(damaged).startswith(f"{damaged} has the SHA-256")
    damaged.write_bytes(content)
    assert "install that anew, or in a repository run: git checkout" in refusal(damaged)
    damaged.unlink()
    assert refusal(damaged).startswith(f"{damaged} cannot be read")


def refusal(path: Path) -> str:
    try:
        read_signals(path)
    except DataMismatch as error:
        return str(error)
    except OSError as error:
        return f"not told: {error}"
    return "read all the same"


def test_an_installed_package_has_the_file_and_its_licence() -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["benchmark.cells.data"]
    licence = stored.with_name("mnist1d.LICENSE")
    for path in (stored, licence):
        assert any(fnmatch(path.name, pattern) for pattern in patterns)
    text = licence.read_text(encoding="utf-8")
    assert "Greydanus and Dmitry Kobak" in text and "Apache License" in text
    assert licence.relative_to(root).as_posix() in project["project"]["license-files"]


def test_by_default_three_thousand_train_and_five_hundred_of_the_others_validate() -> None:
    splits = MNIST1D().load()
    assert [len(part) for part in (splits.train, splits.val, splits.test)] == [3000, 500, 11_000]
    assert (splits.task.kind, splits.task.input_shape, splits.task.n_outputs) == ("vectors", (1, 40), 10)
    everything = MNIST1D(n_train=None, n_val=0).load()
    assert [len(part) for part in (everything.train, everything.val)] == [4000, 0]
    assert len(MNIST1D(n_train=None).load().train) == 3500


@red_with(Mutant(MNIST1D.load, "order[n_train : n_train + self.n_val]", "order[: self.n_val]"))
def test_training_and_validation_signals_are_others_of_the_canonical_training_set() -> None:
    raw = read_signals(stored)
    splits = MNIST1D(n_train=3000, n_val=1000).load()
    train, val, test = keys_of(splits, "train", "val", "test")
    assert (len(train), len(val), len(test)) == (3000, 1000, 11_000)
    assert not train & val and not train & test and not val & test
    both = torch.cat([splits.train.targets, splits.val.targets])
    assert both.bincount().tolist() == raw.targets[:4000].bincount().tolist()


def test_the_test_signals_are_the_canonical_ones_and_then_further_ones() -> None:
    raw = read_signals(stored)
    test = MNIST1D().load().test
    assert torch.equal(test.targets, raw.targets[4000:])
    scaled, ours = raw.inputs[4000:].double(), test.inputs.double()
    slope = (scaled[0, 0, 0] - scaled[0, 0, 1]) / (ours[0, 0, 0] - ours[0, 0, 1])
    moved = scaled - slope * ours  # by one number, whatever the signal
    assert moved.max() - moved.min() < 1e-2
    few = MNIST1D(n_test=1000).load().test
    assert few.targets.bincount().tolist() == canonical[1]
    assert torch.equal(few.inputs, test.inputs[:1000])


@red_with(Mutant(MNIST1D.load, "generator(self.split_seed", "generator(0"))
def test_the_split_seed_draws_other_training_signals_and_the_test_set_stays() -> None:
    one, other = (MNIST1D(split_seed=seed).load() for seed in (0, 1))
    assert one.train.digest != other.train.digest
    assert torch.equal(one.test.targets, other.test.targets)
    assert one.train.digest == MNIST1D(split_seed=0).load().train.digest


def test_the_split_is_pinned_across_versions() -> None:
    assert MNIST1D().load().train.targets[:12].tolist() == [3, 1, 0, 6, 4, 9, 9, 3, 1, 1, 2, 9]


def test_more_training_signals_extend_fewer() -> None:
    few, many = MNIST1D(n_train=100).load(), MNIST1D(n_train=200).load()
    assert torch.equal(few.train.targets, many.train.targets[:100])


def test_training_signals_are_standardized() -> None:
    inputs = MNIST1D(n_train=50).load().train.inputs.double()
    assert abs(inputs.mean()) < 1e-6
    assert abs(inputs.std(correction=0) - 1) < 1e-6


def test_label_noise_leaves_signals_and_other_splits_alone() -> None:
    clean, noisy = MNIST1D().load(), MNIST1D(label_noise=0.2).load()
    assert torch.equal(clean.train.inputs, noisy.train.inputs)
    assert (clean.train.targets != noisy.train.targets).sum() == 600
    assert (clean.val.digest, clean.test.digest) == (noisy.val.digest, noisy.test.digest)
    other = MNIST1D(label_noise=0.2, split_seed=1).load()
    assert not torch.equal(noisy.train.targets, other.train.targets)


def test_loading_leaves_the_kept_signals_untouched() -> None:
    splits = MNIST1D().load()
    splits.train.inputs.zero_()
    splits.test.inputs.zero_()
    splits.test.targets.zero_()
    again = MNIST1D().load()
    assert again.train.inputs.abs().sum() > 0 and again.test.inputs.abs().sum() > 0
    assert again.test.targets.sum() > 0


@pytest.mark.parametrize("model", [SmallCNN(), ResNet(depth=8), VGG(), KeskarC1(), DenseNet()], ids=str)
def test_networks_of_pictures_refuse_signals(model: Model) -> None:
    told = rf"{type(model).__name__} was given inputs of shape \(1, 40\); give images .* an MLP"
    with pytest.raises(ValueError, match=told):
        built(model, MNIST1D().load().task)


@pytest.mark.parametrize("optimizer", [SGD, Adam])
def test_an_mlp_learns_from_signals_as_they_are_or_translated(optimizer: type[SGD | Adam]) -> None:
    spec = optimizer(batch_size=100, lr=0.05 if optimizer is SGD else 0.001, epochs=4)
    splits = MNIST1D(n_train=1000, n_test=1000).load()
    ends = []
    for augment, seed in (("none", 0), ("translate", 0), ("translate", 0), ("translate", 1)):
        recipe = replace(spec, augment=augment)  # type: ignore[arg-type]
        trajectory = recipe.begin(built(MLP(width=100), splits.task), splits, order_seed=0, augment_seed=seed)
        assert (trajectory.kind is None) == (augment == "translate")  # augmented ones are no lanes
        losses = [record["loss"] for record in finish(trajectory).history]
        assert losses[-1] < 0.9 * losses[0]
        ends.append(weights(trajectory.module))
    plain, one, again, other = ends
    assert torch.equal(one, again)
    assert not torch.equal(one, plain) and not torch.equal(one, other)
