"""Losses and errors of single examples, at several sets of weights.

Legend of shape suffixes: L sets of weights, B examples, K outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.cells.data.task import PerExample, Task, errors_row_by_row, row_by_row


def losses(outputs_LBK: Tensor, targets_B: Tensor, task: Task) -> Tensor:
    """Return the loss of every example at every set of weights, shape (L, B)."""
    return _by_example(task.loss, outputs_LBK, targets_B, at_once=task.loss in row_by_row)


def errors(outputs_LBK: Tensor, targets_B: Tensor, task: Task) -> Tensor | None:
    """Return the error of every example at every set of weights, shape (L, B); None for a task that has none."""
    if task.error is None:
        return None
    return _by_example(task.error, outputs_LBK, targets_B, at_once=task.error in errors_row_by_row)


def _by_example(function: PerExample, outputs_LBK: Tensor, targets_B: Tensor, *, at_once: bool) -> Tensor:
    """Return a function of every example's output and target; `at_once` where rows are known not to mix."""
    n_lanes = len(outputs_LBK)
    if n_lanes == 1 or not at_once:
        return torch.stack([function(outputs_BK, targets_B) for outputs_BK in outputs_LBK])
    repeated = targets_B.repeat(n_lanes, *[1] * (targets_B.dim() - 1))
    return function(outputs_LBK.flatten(0, 1), repeated).view(n_lanes, -1)
