"""A user's own pictures, decoded once by `catalog.add`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmark.cells.data.published_names import check_own_name
from benchmark.cells.data.sampling import Sampling

if TYPE_CHECKING:
    import torch

    from benchmark.cells.data.splits import Splits


@dataclass(frozen=True, kw_only=True)
class ImageFolder(Sampling):
    """The pictures that were added under `name`.

    Other fields: see `benchmark.cells.data.sampling.Sampling`; `digest` is the identity of the stored pictures,
    filled in by `catalog.pin` (empty: whatever pictures are there).
    """

    name: str
    digest: str = ""

    def __post_init__(self) -> None:
        check_own_name(self.name)
        super().__post_init__()

    def load(self, device: str | torch.device = "cpu") -> Splits:
        """Return standardized splits on `device`."""
        from benchmark.cells.data.stored import stored_splits

        return stored_splits(self.name, self.digest, self).to(device)
