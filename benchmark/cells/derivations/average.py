"""The mean of several networks' weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.derivations.parent import Parent


@dataclass(frozen=True, kw_only=True)
class Average:
    """The mean of all parents, weight by weight; integer entries (counts of batches) are those of the first parent.

    The mean of batch-norm statistics is not the statistics of the mean network: measure it with batch_norm set to
    "recalibrated". Source: Izmailov et al. 2018, equation 2.
    """

    def derive(self, parents: tuple[Parent, ...], *, splits: Splits, seed: int) -> dict[str, Tensor]:  # noqa: ARG002
        """Return the mean of the parents' weights (by name, in module order).

        Raises:
            ValueError: without parents, or when two differ in names or shapes of weights.
        """
        if not parents:
            raise ValueError("Average takes at least one parent")
        every = [parent.weights for parent in parents]
        shapes = [{name: weight.shape for name, weight in weights.items()} for weights in every]
        if any(shape != shapes[0] for shape in shapes):
            raise ValueError("the parents of Average differ in architecture; average cells of one model spec")
        first, *others = every
        return {
            name: (sum((other[name] for other in others), start=weight) / len(parents))
            if weight.is_floating_point()
            else weight
            for name, weight in first.items()
        }
