"""From uint8 pictures to standardized splits.

Legend of shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.cells.data.sampling import Sampling
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.standardized import standardized_splits
from benchmark.cells.data.task import classification


def image_splits(
    *, train: Examples, val: Examples, test: Examples, sampling: Sampling, classes: tuple[str, ...]
) -> Splits:
    """Return splits of uint8 pictures: training labels corrupted as asked, all pictures standardized.

    Every channel has mean 0 and standard deviation 1 over the training pictures; validation and test pictures
    are shifted and scaled by the same numbers. The range of a pixel (255, or 16) cancels. Their dtype is torch's
    default, which a worker sets to the precision of the profile.
    """
    mean_C, sd_C = channel_statistics(train.inputs)
    task = classification(input_shape=tuple(train.inputs.shape[1:]), n_outputs=len(classes), classes=classes)
    return standardized_splits(
        train=train, val=val, test=test, sampling=sampling, task=task, mean_C=mean_C, sd_C=sd_C
    )


def channel_statistics(pictures_NCHW: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (divisor N H W) of each channel of uint8 pictures, shape (C,).

    Computed in float64 from counts of the 256 pixel values, so that the order of pictures changes nothing.
    The deviation of a constant channel is given as 1, so that standardized it is 0.
    """
    values = torch.arange(256, dtype=torch.float64)
    counts = [torch.bincount(channel.flatten(), minlength=256) for channel in pictures_NCHW.unbind(dim=1)]
    share = torch.stack(counts).to(torch.float64) / (pictures_NCHW.numel() // pictures_NCHW.shape[1])
    mean_C = share @ values
    sd_C = (share * (values - mean_C[:, None]).square()).sum(dim=1).sqrt()
    dtype = torch.get_default_dtype()
    return mean_C.to(dtype), torch.where(sd_C > 0, sd_C, 1.0).to(dtype)
