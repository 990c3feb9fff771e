"""From int16 signals to standardized splits.

Legend of shape suffixes: N signals, C channels, S positions.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from benchmark.cells.data.sampling import Sampling
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.standardized import standardized_splits
from benchmark.cells.data.task import classification


def signal_splits(
    *, train: Examples, val: Examples, test: Examples, sampling: Sampling, classes: tuple[str, ...]
) -> Splits:
    """Return splits of int16 signals (N, C, S): training labels corrupted as asked, all signals standardized.

    As pictures are: every channel has mean 0 and standard deviation 1 over the training signals, and the others are
    shifted and scaled by the same numbers. The unit in which the integers count cancels.
    """
    mean_C, sd_C = signal_statistics(train.inputs)
    shape = tuple(train.inputs.shape[1:])
    task = classification(input_shape=shape, n_outputs=len(classes), classes=classes, kind="vectors")
    return standardized_splits(
        train=train, val=val, test=test, sampling=sampling, task=task, mean_C=mean_C, sd_C=sd_C
    )


def signal_statistics(signals_NCS: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (divisor N S) of each channel of int16 signals, shape (C,).

    Computed from exact integer sums, so that the order of signals changes nothing. The deviation of a constant
    channel is given as 1, so that standardized it is 0.
    """
    n_values = signals_NCS.shape[0] * signals_NCS.shape[2]
    means, deviations = [], []
    for channel in signals_NCS.to(torch.int64).unbind(dim=1):
        total, squares = int(channel.sum()), int(channel.square().sum())
        means.append(total / n_values)
        deviations.append(math.sqrt((n_values * squares - total**2) / n_values**2) or 1.0)
    return torch.tensor(means), torch.tensor(deviations)
