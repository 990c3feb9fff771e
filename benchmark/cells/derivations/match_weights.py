"""The same function with its hidden units in the order of another network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.derivations.parent import Parent


@dataclass(frozen=True, kw_only=True)
class MatchWeights:
    """The second parent, its hidden units permuted so that its weights come close to those of the first.

    Parents are (reference, other). The function is that of `other`, up to the order of summation. How close, and when
    that is the optimum: see `matching.match`. The seed draws the order in which layers take turns.
    Source: Ainsworth et al. 2023, section 3.2 (secondary); core question of Entezari et al. 2022.
    """

    def derive(self, parents: tuple[Parent, ...], *, splits: Splits, seed: int) -> dict[str, Tensor]:
        """Return the permuted weights and buffers of `other` (by name, in module order).

        Raises:
            ValueError: for another number of parents, or parents of different models.
        """
        from benchmark.cells.derivations.matching import match, permuted
        from benchmark.cells.models.symmetry import unit_groups
        from benchmark.cells.streams import generator

        if len(parents) != 2:
            raise ValueError(f"MatchWeights takes two parents, reference and other, not {len(parents)}")
        reference, other = parents
        if reference.cell.model != other.cell.model:
            raise ValueError(
                f"the parents of MatchWeights are {reference.cell.model} and {other.cell.model}; "
                "match cells of one model spec"
            )
        groups = unit_groups(other.cell.model, splits.task)
        permutations = match(reference.weights, other.weights, groups, generator(seed, "match_weights"))
        return permuted(other.weights, groups, permutations)
