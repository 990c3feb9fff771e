"""Corrupted training labels (Zhang et al. 2017, arXiv:1611.03530, section 2.1).

Legend of shape suffixes: N examples.
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.cells.data.sampling import LabelNoise


def corrupted(
    targets_N: Tensor, *, fraction: float, mode: LabelNoise, n_classes: int, generator: torch.Generator
) -> Tensor:
    """Return `targets_N` with round(fraction * N) labels, drawn without replacement, corrupted.

    "flip_other" draws uniformly from the other n_classes - 1 classes: exactly that many labels are wrong.
    "resample" draws uniformly from all classes (Zhang et al.): about 1 - 1 / n_classes of them are wrong.
    One generator state gives nested corruptions: a label that is wrong at some fraction stays wrong, in the
    same way, at every larger one.
    """
    n_examples = len(targets_N)
    n_corrupted = round(fraction * n_examples)
    chosen = torch.randperm(n_examples, generator=generator)[:n_corrupted]
    lowest = 1 if mode == "flip_other" else 0
    # A shift by a uniform number of classes is a uniform class; without 0 it is never the true one.
    shift_N = torch.randint(lowest, n_classes, (n_examples,), generator=generator)
    result_N = targets_N.clone()
    result_N[chosen] = (targets_N[chosen] + shift_N[chosen]) % n_classes
    return result_N
