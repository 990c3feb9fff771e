"""Other weights of the same function: the first layer made larger, the second smaller."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.cells.data.splits import Splits
    from benchmark.cells.derivations.parent import Parent


@dataclass(frozen=True, kw_only=True)
class RescaleLayers:
    """Multiply layer 1 by `factor` and divide layer 2 by it: W1 -> c W1, b1 -> c b1, W2 -> W2 / c, b2 -> b2.

    A ReLU network is left the same function, since relu(c x) = c relu(x) for c > 0: the first layer's output grows by
    c, bias included, and the second layer's weights take c back before its bias is added. Exact for a power of
    two, else up to rounding. Holds for a plain chain of layers: of two convolutional or linear layers with nothing but
    ReLU, pooling or dropout between them. A skip connection that leaves from the first layer's output breaks it.

    Attributes:
        factor: c; > 0.

    Source: Dinh et al. 2017, section 3 (alpha-scale transformation).
    """

    factor: float

    def __post_init__(self) -> None:
        if not self.factor > 0:
            raise ValueError(
                f"RescaleLayers.factor is {self.factor}; give a factor > 0, relu(c x) = c relu(x) needs it"
            )

    def derive(self, parents: tuple[Parent, ...], *, splits: Splits, seed: int) -> dict[str, Tensor]:  # noqa: ARG002
        """Return the rescaled weights of the one parent (weights by name, in module order).

        Raises:
            ValueError: for another number of parents, fewer than two layers, or something else than a bias of
                layer 1 between the two, such as a batch norm, which would undo the scale.
        """
        if len(parents) != 1:
            raise ValueError(f"RescaleLayers takes one parent, not {len(parents)}")
        weights = parents[0].weights
        names = list(weights)
        layers = [position for position, name in enumerate(names) if weights[name].dim() >= 2]
        if len(layers) < 2:
            raise ValueError(f"RescaleLayers needs two layers with weights; the parent has {len(layers)}")
        first, second = layers[:2]
        bias = _bias_of(names[first])
        between = names[first + 1 : second]
        if between not in ([], [bias]):
            raise ValueError(
                f"RescaleLayers found {', '.join(between)} between the first two layers; only the bias {bias!r} may be "
                "there, since a normalization undoes the scale; derive from a network without one"
            )
        scales = {names[first]: self.factor, bias: self.factor, names[second]: 1 / self.factor}
        return {name: weight * scales.get(name, 1) for name, weight in weights.items()}


def _bias_of(weight_name: str) -> str:
    return weight_name.removesuffix("weight") + "bias"
