"""Signals of 40 values that come with this package: no download, hard enough to tell networks apart."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from benchmark.cells.data.sampling import Sampling, check_sizes

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Examples, Splits

# The file is made by `python -m benchmark.cells.data.make_mnist1d`; licence and citation are in mnist1d.LICENSE.
stored = Path(__file__).with_name("mnist1d.npy.bz2")
sha256 = "49c6553a153ece344f615776fc88296e249be9cdfc3eb82760c8151371b8c637"


@dataclass(frozen=True, kw_only=True)
class MNIST1D(Sampling):
    """15,000 signals of 40 values in 10 classes (Greydanus and Kobak 2024, arXiv:2011.14439, ICML).

    The 4,000 training signals of the canonical set are permuted by `split_seed`; the first `n_train` train, the next
    `n_val` validate. The test signals are the canonical 1,000, then 10,000 further ones by the same procedure (another
    seed of the generator), so that a test error has a small standard error; `n_test` takes the first ones.
    Fields: see `benchmark.cells.data.sampling.Sampling`.
    """

    name: ClassVar[str] = "mnist1d"
    pool: ClassVar[int] = 4_000
    test: ClassVar[int] = 11_000
    has_small_inputs: ClassVar[bool] = True  # convolutions of them can be trained in lanes
    source: ClassVar[str] = "embedded: the signals of mnist1d 0.0.2.post1"

    n_train: int | None = 3_000
    n_val: int = 500

    def __post_init__(self) -> None:
        super().__post_init__()
        check_sizes(self, pool=self.pool, test=self.test)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits, signals of shape (1, 40), on `device`.

        Raises:
            DataMismatch: when the stored file is missing or damaged.
        """
        import torch

        from benchmark.cells.data.signals import signal_splits
        from benchmark.cells.streams import generator

        signals = _everything()
        order = torch.randperm(self.pool, generator=generator(self.split_seed, "split"))
        n_train = self.pool - self.n_val if self.n_train is None else self.n_train
        n_test = self.test if self.n_test is None else self.n_test
        return signal_splits(
            train=signals.take(order[:n_train]),
            val=signals.take(order[n_train : n_train + self.n_val]),
            test=signals.take(torch.arange(self.pool, self.pool + n_test)),  # a copy, as the others are
            sampling=self,
            classes=tuple(str(digit) for digit in range(10)),
        ).to(device)


def read_signals(path: Path) -> Examples:
    """Return the signals in steps of 1/2048, int16 (15000, 1, 40), and their classes, int64 (15000,).

    Raises:
        DataMismatch: when the file is missing, or its bytes are not those of `sha256`.
    """
    import bz2
    import io

    import numpy as np
    import torch

    from benchmark.cells.data.manifest import DataMismatch
    from benchmark.cells.data.splits import Examples

    cure = "it comes with lossbench: install that anew, or in a repository run: git checkout benchmark/cells/data"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataMismatch(f"{path} cannot be read ({error}); {cure}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise DataMismatch(f"{path} has the SHA-256 {found}, not {sha256}; {cure}")
    arrays = io.BytesIO(bz2.decompress(content))
    signals, classes = np.load(arrays), np.load(arrays)
    inputs = torch.from_numpy(signals.astype(np.int16)).unsqueeze(1)
    return Examples(inputs=inputs, targets=torch.from_numpy(classes.astype(np.int64)))


@functools.cache
def _everything() -> Examples:
    """Keep the signals: a worker trains many cells on them."""
    return read_signals(stored)
