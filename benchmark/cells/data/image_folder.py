"""A user's own pictures, decoded once by `catalog.add`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.data.published_names import check_own_name
from benchmark.cells.data.sampling import LabelNoise, check_values

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True, kw_only=True)
class ImageFolder:
    """The pictures that were added under `name`.

    Other fields: see `benchmark.cells.data.sampling.Sampling`; `digest` is the identity of the stored pictures,
    filled in by `catalog.pin` (empty: whatever pictures are there).
    """

    name: str
    n_train: int | None = None
    n_val: int = 0
    n_test: int | None = None
    label_noise: float = 0.0
    label_noise_mode: LabelNoise = "flip_other"
    split_seed: int = 0
    digest: str = ""

    def __post_init__(self) -> None:
        check_own_name(self.name)
        check_values(self)

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)
