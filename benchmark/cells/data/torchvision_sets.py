"""The data sets that torchvision can fetch, with their published test sets.

Pictures are read from the data folder; `catalog.fetch` puts them there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchmark.cells.data.sampling import Sampling, check_sizes

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True, kw_only=True)
class TorchvisionSet(Sampling):
    """What these sets have in common.

    Attributes:
        digest: the identity of the stored pictures, filled in by `catalog.pin` (empty: whatever pictures are there).
        name: under which the data folder has them.
        pool, test: how many examples there are to train and validate on, and to test on.
    """

    digest: str = ""
    name: ClassVar[str]
    pool: ClassVar[int]
    test: ClassVar[int] = 10_000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sizes(self, pool=self.pool, test=self.test)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)


class CIFAR10(TorchvisionSet):
    """60,000 colour photographs of 32 x 32 pixels in 10 classes (Krizhevsky 2009)."""

    name, pool = "cifar10", 50_000


class CIFAR100(TorchvisionSet):
    """60,000 colour photographs of 32 x 32 pixels in 100 classes (Krizhevsky 2009)."""

    name, pool = "cifar100", 50_000


class MNIST(TorchvisionSet):
    """70,000 handwritten digits of 28 x 28 pixels (LeCun et al. 1998)."""

    name, pool = "mnist", 60_000


class FashionMNIST(TorchvisionSet):
    """70,000 pieces of clothing of 28 x 28 pixels in 10 classes (Xiao et al. 2017, arXiv:1708.07747)."""

    name, pool = "fashionmnist", 60_000


class SVHN(TorchvisionSet):
    """99,289 house numbers of 32 x 32 pixels in 10 classes (Netzer et al. 2011), without the extra set."""

    name, pool, test = "svhn", 73_257, 26_032
