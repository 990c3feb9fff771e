"""The same function with its hidden units in another order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.derivations.parent import Parent


@dataclass(frozen=True, kw_only=True)
class PermuteUnits:
    """The one parent with the hidden units of every layer in an order that the seed draws uniformly.

    The function is the same, up to the order of summation; the weights are elsewhere, and a line between the two has a
    barrier in general. Batch norm moves with its units. Source: Entezari et al. 2022, section 3 (secondary).
    """

    def derive(self, parents: tuple[Parent, ...], *, splits: Splits, seed: int) -> dict[str, Tensor]:
        """Return the permuted weights and buffers (by name, in module order).

        Raises:
            ValueError: for another number of parents.
        """
        from benchmark.cells.derivations.matching import permuted, random_permutations
        from benchmark.cells.models.symmetry import unit_groups
        from benchmark.cells.streams import generator

        if len(parents) != 1:
            raise ValueError(f"PermuteUnits takes one parent, not {len(parents)}")
        groups = unit_groups(parents[0].cell.model, splits.task)
        permutations = random_permutations(groups, generator(seed, "permute_units"))
        return permuted(parents[0].weights, groups, permutations)
