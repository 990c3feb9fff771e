"""The embedded digits."""

from __future__ import annotations

import dataclasses

import torch

from benchmark.cells.data.digits import Digits


def test_splits_have_the_sizes_asked_for() -> None:
    splits = Digits(n_train=500, n_val=97).load()
    assert [len(part) for part in (splits.train, splits.val, splits.test)] == [500, 97, 1200]
    assert splits.task.input_shape == (1, 8, 8)
    assert splits.task.n_outputs == 10


def test_splits_are_disjoint_and_complete() -> None:
    splits = Digits(n_train=500, n_val=97).load()
    pictures = torch.cat([splits.train.inputs, splits.val.inputs, splits.test.inputs])
    assert len(torch.unique(pictures, dim=0)) == 1797


def test_training_pictures_are_standardized() -> None:
    inputs = Digits().load().train.inputs.double()
    assert abs(inputs.mean()) < 1e-6
    assert abs(inputs.std(correction=0) - 1) < 1e-6


def test_equal_specs_load_equal_data() -> None:
    assert Digits().load().train.digest == Digits().load().train.digest


def test_split_is_pinned_across_versions() -> None:
    assert Digits().load().train.targets[:12].tolist() == [7, 1, 2, 4, 1, 2, 7, 8, 7, 6, 7, 2]


def test_split_seed_draws_another_split() -> None:
    assert Digits(split_seed=1).load().train.digest != Digits().load().train.digest


def test_more_training_pictures_extend_fewer() -> None:
    few, many = Digits(n_train=100).load(), Digits(n_train=200).load()
    assert torch.equal(few.train.targets, many.train.targets[:100])


def test_label_noise_leaves_pictures_and_other_splits_alone() -> None:
    clean, noisy = Digits(n_val=100).load(), Digits(n_val=100, label_noise=0.4).load()
    assert torch.equal(clean.train.inputs, noisy.train.inputs)
    assert (clean.train.targets != noisy.train.targets).sum() == 200
    assert clean.val.digest == noisy.val.digest
    assert clean.test.digest == noisy.test.digest


def test_test_cap_keeps_the_first_ones() -> None:
    spec = Digits(n_train=500, n_val=100)
    capped = dataclasses.replace(spec, n_test=50).load().test
    assert len(capped) == 50
    assert torch.equal(capped.targets, spec.load().test.targets[:50])


def test_pictures_are_those_of_scikit_learn() -> None:
    from sklearn.datasets import load_digits

    from benchmark.cells.data.digits import _everything

    bunch, ours = load_digits(), _everything()
    assert (ours.inputs.squeeze(1).numpy() == bunch.images).all()
    assert (ours.targets.numpy() == bunch.target).all()
