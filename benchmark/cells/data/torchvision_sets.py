"""The data sets that torchvision can fetch, with their published test sets.

Pictures are read from the data folder; `catalog.fetch` puts them there. Fields: see
`benchmark.cells.data.sampling.Sampling`; `digest` is the identity of the stored pictures, filled in by
`catalog.pin` (empty: whatever pictures are there).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from benchmark.cells.data.sampling import LabelNoise, check_sizes, check_values

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True, kw_only=True)
class CIFAR10:
    """60,000 colour photographs of 32 x 32 pixels in 10 classes (Krizhevsky 2009)."""

    name: ClassVar[str] = "cifar10"

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_values(self)
        check_sizes(self, pool=50_000, test=10_000)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (3, 32, 32), on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)


@dataclass(frozen=True, kw_only=True)
class CIFAR100:
    """60,000 colour photographs of 32 x 32 pixels in 100 classes (Krizhevsky 2009)."""

    name: ClassVar[str] = "cifar100"

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_values(self)
        check_sizes(self, pool=50_000, test=10_000)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (3, 32, 32), on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)


@dataclass(frozen=True, kw_only=True)
class MNIST:
    """70,000 handwritten digits of 28 x 28 pixels (LeCun et al. 1998)."""

    name: ClassVar[str] = "mnist"

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_values(self)
        check_sizes(self, pool=60_000, test=10_000)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (1, 28, 28), on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)


@dataclass(frozen=True, kw_only=True)
class FashionMNIST:
    """70,000 pieces of clothing of 28 x 28 pixels in 10 classes (Xiao et al. 2017, arXiv:1708.07747)."""

    name: ClassVar[str] = "fashionmnist"

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_values(self)
        check_sizes(self, pool=60_000, test=10_000)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (1, 28, 28), on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)


@dataclass(frozen=True, kw_only=True)
class SVHN:
    """99,289 house numbers of 32 x 32 pixels in 10 classes (Netzer et al. 2011), without the extra set."""

    name: ClassVar[str] = "svhn"

    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_values(self)
        check_sizes(self, pool=73_257, test=26_032)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, pictures of shape (3, 32, 32), on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)
