"""From raw examples to the splits of a task: training labels corrupted as asked, inputs standardized.

Legend of shape suffixes: N examples, C channels, S positions (one axis for signals, two for pictures).
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.cells.data.label_noise import corrupted
from benchmark.cells.data.sampling import Sampling
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import Task
from benchmark.cells.streams import generator


def standardized_splits(
    *,
    train: Examples,
    val: Examples,
    test: Examples,
    sampling: Sampling,
    task: Task,
    mean_C: Tensor,
    sd_C: Tensor,
) -> Splits:
    """Return splits of integer inputs (N, C, S), every channel of all three less `mean_C` and divided by `sd_C`.

    Both are of the training inputs, so that these have mean 0 and standard deviation 1. The dtype is torch's default,
    which a worker sets to the precision of the profile.
    """
    noisy = corrupted(
        train.targets,
        fraction=sampling.label_noise,
        mode=sampling.label_noise_mode,
        n_classes=task.n_outputs,
        generator=generator(sampling.split_seed, "label_noise"),
    )
    positions = (1,) * (train.inputs.ndim - 2)

    def standardized(inputs_NCS: Tensor) -> Tensor:
        result = inputs_NCS.to(torch.get_default_dtype())
        return result.sub_(mean_C.view(-1, *positions)).div_(sd_C.view(-1, *positions))

    return Splits(
        train=Examples(inputs=standardized(train.inputs), targets=noisy),
        val=Examples(inputs=standardized(val.inputs), targets=val.targets),
        test=Examples(inputs=standardized(test.inputs), targets=test.targets),
        task=task,
    )
