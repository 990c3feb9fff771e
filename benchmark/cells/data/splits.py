"""Examples on a device, and the three splits that a network is trained, tuned and judged on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from benchmark.cells.data.digest import sha256_of
from benchmark.cells.data.task import Task


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """N inputs with their targets.

    Attributes:
        inputs: shape (N, *input_shape).
        targets: shape (N, ...); int64 classes of shape (N,) for a classification.
    """

    inputs: Tensor
    targets: Tensor

    def __post_init__(self) -> None:
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"there are {len(self.inputs)} inputs but {len(self.targets)} targets; give one each"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over dtype, shape and bytes of inputs and targets: equal on every device."""
        return sha256_of({"inputs": self.inputs, "targets": self.targets})

    def take(self, index: Tensor | slice) -> Examples:
        """Return the examples at `index`, in its order."""
        return Examples(inputs=self.inputs[index], targets=self.targets[index])

    def to(self, device: str | torch.device) -> Examples:
        """Return these examples on `device`."""
        return Examples(inputs=self.inputs.to(device), targets=self.targets.to(device))


@dataclass(frozen=True, kw_only=True, eq=False)
class Splits:
    """Training, validation and test examples of one task; `val` may be empty."""

    train: Examples
    val: Examples
    test: Examples
    task: Task

    def to(self, device: str | torch.device) -> Splits:
        """Return these splits on `device`."""
        train, val, test = (part.to(device) for part in (self.train, self.val, self.test))
        return Splits(train=train, val=val, test=test, task=self.task)
