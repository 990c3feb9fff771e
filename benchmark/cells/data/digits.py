"""Handwritten digits that come with scikit-learn: no download, 0.3 seconds a network."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchmark.cells.checks import reject
from benchmark.cells.data.sampling import Sampling, check_sizes

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Examples, Splits


@dataclass(frozen=True, kw_only=True)
class Digits(Sampling):
    """1,797 pictures of 8 x 8 pixels in 10 classes (Alpaydin and Kaynak 1998, test part of the UCI set).

    There is no published split: all pictures are permuted by `split_seed`; the first `n_train` train, the
    next `n_val` validate, the rest test. Fields: see `benchmark.cells.data.sampling.Sampling`.
    """

    name: ClassVar[str] = "digits"
    n_pictures: ClassVar[int] = 1797
    has_small_inputs: ClassVar[bool] = True  # convolutions of them can be trained in lanes
    source: ClassVar[str] = "embedded: the digits of scikit-learn"

    n_train: int = 500

    def __post_init__(self) -> None:
        if self.n_train is None:
            reject(self, "n_train", "give a number, for the pictures that do not train are needed to test")
        super().__post_init__()
        check_sizes(self, pool=self.n_pictures - 1, test=self.n_pictures - self.n_train - self.n_val)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (1, 8, 8), on `device`."""
        import torch

        from benchmark.cells.data.images import image_splits
        from benchmark.cells.streams import generator

        order = torch.randperm(self.n_pictures, generator=generator(self.split_seed, "split"))
        shuffled = _everything().take(order)
        held_out = self.n_train + self.n_val
        last = None if self.n_test is None else held_out + self.n_test
        return image_splits(
            train=shuffled.take(slice(self.n_train)),
            val=shuffled.take(slice(self.n_train, held_out)),
            test=shuffled.take(slice(held_out, last)),
            sampling=self,
            classes=tuple(str(digit) for digit in range(10)),
        ).to(device)


@functools.cache
def _everything() -> Examples:
    """Read all pictures from the file in scikit-learn; importing scikit-learn for it would take a worker 2 seconds."""
    import numpy as np
    import torch

    from benchmark.cells.data.splits import Examples

    found = importlib.util.find_spec("sklearn")
    if found is None or found.origin is None:
        raise ModuleNotFoundError(
            "the digits come with scikit-learn, which is not installed; run: pip install scikit-learn"
        )
    path = Path(found.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = torch.from_numpy(np.loadtxt(path, delimiter=",", dtype=np.int64))
    return Examples(inputs=table[:, :64].to(torch.uint8).view(-1, 1, 8, 8), targets=table[:, 64].clone())
