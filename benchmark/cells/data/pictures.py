"""Picture files as tensors.

Legend of shape suffixes: N pictures, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from benchmark.cells.data.folder_layout import Listing
from benchmark.cells.data.splits import Examples
from benchmark.cells.data.stored import Pictures

Progress = Callable[[int, int], None]

eight_bit_modes = ("1", "CMYK", "L", "LA", "P", "PA", "RGB", "RGBA", "YCbCr")
n_threads = 4  # the interpreter lock bounds the decoding of small pictures: more threads only wait for it
n_per_task = 256  # pictures in one unit of work: few enough for a smooth progress bar


def decode(listing: Listing, *, size: int | None = None, progress: Progress | None = None) -> Pictures:
    """Return the pictures in `listing`; those that are all grey keep one channel of three.

    Args:
        listing: the files.
        size: scale every picture and crop its centre to `size` x `size` pixels; None leaves it as it is.
        progress: called with (pictures done, pictures in all).

    Raises:
        ValueError: naming the file that cannot be read, or two files of different size when `size` is None.
    """
    if size is not None and size < 1:
        raise ValueError(f"size is {size}; give the edge in pixels, at least 1, or leave it out")
    files = listing.train + listing.test
    pictures = Examples(
        inputs=_without_needless_channels(_stacked([path for path, _ in files], size, progress)),
        targets=torch.tensor([label for _, label in files]),
    )
    n_train = len(listing.train)
    return Pictures(train=pictures.take(slice(n_train)), test=pictures.take(slice(n_train, None)))


def _stacked(paths: list[Path], size: int | None, progress: Progress | None) -> Tensor:
    """Return all pictures, uint8, shape (N, 3, H, W)."""
    shape = _read(paths[0], size).shape
    result_NCHW = np.empty((len(paths), *shape), dtype=np.uint8)

    def fill(first: int) -> int:
        for index, path in enumerate(paths[first : first + n_per_task], start=first):
            picture_CHW = _read(path, size)
            if picture_CHW.shape != shape:
                found, expected = (f"{width} x {height}" for _, height, width in (picture_CHW.shape, shape))
                raise ValueError(
                    f"{path} has {found} pixels but {paths[0]} has {expected}; give a size to scale all to"
                )
            result_NCHW[index] = picture_CHW
        return min(first + n_per_task, len(paths))

    with ThreadPoolExecutor(n_threads) as pool:
        for n_done in pool.map(fill, range(0, len(paths), n_per_task)):
            if progress is not None:
                progress(n_done, len(paths))
    return torch.from_numpy(result_NCHW)


def _read(path: Path, size: int | None) -> NDArray[np.uint8]:
    """Return one picture, uint8, shape (3, H, W)."""
    try:
        with Image.open(path) as image:
            if image.mode not in eight_bit_modes:
                raise ValueError(f"mode {image.mode} has more than 8 bits per channel")
            rgb = image.convert("RGB")
    except Exception as error:  # decoders of damaged files raise nearly anything
        raise ValueError(f"cannot read the picture {path} ({error}); repair or remove the file") from error
    if size is not None:
        rgb = ImageOps.fit(rgb, (size, size), method=Image.Resampling.BILINEAR)
    return np.asarray(rgb).transpose(2, 0, 1)


def _without_needless_channels(pictures_NCHW: Tensor) -> Tensor:
    red, green, blue = pictures_NCHW.unbind(dim=1)
    all_grey = torch.equal(red, green) and torch.equal(red, blue)
    return red.unsqueeze(1).contiguous() if all_grey else pictures_NCHW
