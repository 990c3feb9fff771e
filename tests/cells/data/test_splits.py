"""Examples and their digest."""

from __future__ import annotations

import pytest
import torch

from benchmark.cells.data.splits import Examples


def examples() -> Examples:
    return Examples(inputs=torch.arange(12.0).reshape(3, 4), targets=torch.tensor([0, 1, 2]))


def test_equal_examples_have_equal_digests() -> None:
    assert examples().digest == examples().digest


def test_digest_is_pinned_across_versions() -> None:
    assert examples().digest == "f269cc965b91d01efbb5cb5c68ee45f14ac5343b5537f1453736e0e4da4e2a72"


@pytest.mark.parametrize(
    "changed",
    [
        Examples(inputs=torch.arange(12.0).reshape(3, 4).double(), targets=torch.tensor([0, 1, 2])),
        Examples(inputs=torch.arange(12.0).reshape(3, 2, 2), targets=torch.tensor([0, 1, 2])),
        Examples(inputs=torch.arange(12.0).reshape(3, 4), targets=torch.tensor([0, 2, 1])),
        Examples(inputs=torch.arange(12.0).reshape(3, 4).flip(0), targets=torch.tensor([0, 1, 2])),
    ],
    ids=["dtype", "shape", "targets", "order"],
)
def test_digest_sees_every_change(changed: Examples) -> None:
    assert changed.digest != examples().digest


def test_digest_ignores_memory_layout() -> None:
    transposed = Examples(
        inputs=torch.arange(12.0).reshape(3, 4).T.contiguous().T, targets=examples().targets
    )
    assert transposed.digest == examples().digest


def test_no_examples_have_a_digest_too() -> None:
    assert len(examples().take(slice(0))) == 0
    assert examples().take(slice(0)).digest != examples().digest


def test_inputs_and_targets_must_pair() -> None:
    with pytest.raises(ValueError, match="3 inputs but 2 targets"):
        Examples(inputs=torch.zeros(3, 4), targets=torch.zeros(2))
