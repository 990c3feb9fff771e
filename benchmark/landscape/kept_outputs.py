"""Outputs of a network's first layer that serve all points of a slice of weights; see `first_layer`.

Legend of shape suffixes: L points, B examples of a chunk, F features in, G features out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor


@dataclass(kw_only=True)
class Kept:
    """A layer's outputs for one input.

    Attributes:
        x: the input.
        origin: outputs with the weights at the origin.
        along: outputs with the weights of each axis.
        coordinates: all but the last, where `partial` is the sum of all terms but the last.
        partial: that sum.
    """

    x: Tensor
    origin: Tensor
    along: list[Tensor]
    coordinates: tuple[float, ...] = ()
    partial: Tensor | None = None

    def is_for(self, x_B: Tensor) -> bool:
        """Tell whether an input is this one; without a look at the numbers where it is the same piece of memory."""
        same_place = x_B.data_ptr() == self.x.data_ptr() and x_B.stride() == self.x.stride()
        return (same_place and x_B.shape == self.x.shape) or torch.equal(x_B, self.x)

    def at(self, coordinates: tuple[float, ...]) -> Tensor:
        """Return the outputs at the coordinates, as a new tensor, which the network may overwrite."""
        if self.partial is None or self.coordinates != coordinates[:-1]:
            self.coordinates, self.partial = coordinates[:-1], self.origin
            for coordinate, along_B in zip(self.coordinates, self.along[:-1], strict=True):
                if coordinate != 0:
                    self.partial = torch.add(self.partial, along_B, alpha=coordinate)
        if coordinates[-1] == 0:
            return self.partial.clone()
        return torch.add(self.partial, self.along[-1], alpha=coordinates[-1])


@dataclass(kw_only=True)
class StackedFirstLayer:
    """Takes the place of the first layer's forward pass in stacked networks while their weights move on a slice.

    Attributes:
        compute: padded inputs, shape (1, B, F) -> the layer's outputs at the origin, and along each axis.
        n_axes: number of axes.
        budget: bytes still free for outputs; chunks beyond that are computed by the layer itself.
        points: where on the slice the weights are, coordinates for every lane.
        kept: outputs by place and size of the chunk; None where memory did not suffice.
    """

    compute: Callable[[Tensor], list[Tensor]]
    n_axes: int
    budget: int
    points: Sequence[Sequence[float]] = ()
    kept: dict[tuple[int, int], Kept | None] = field(default_factory=dict)

    def move_to(self, points: Sequence[Sequence[float]]) -> None:
        """Say where on the slice the weights of every lane are now."""
        self.points = points

    def evaluate(self, own_evaluate: Callable[[Tensor], Tensor], x_LBF: Tensor) -> Tensor:
        """Return the layer's outputs where the weights are, shape (L, B, G)."""
        chunk = x_LBF.data_ptr(), x_LBF.shape[1]
        if chunk not in self.kept:
            self.kept[chunk] = self._computed(x_LBF[:1])
        kept = self.kept[chunk]
        if kept is None:
            return own_evaluate(x_LBF)
        parts = [kept.at(tuple(point)) for point in self.points]
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def _computed(self, x_1BF: Tensor) -> Kept | None:
        origin_1BG, *along = self.compute(x_1BF)
        size = origin_1BG.nbytes * (self.n_axes + 2)
        if size > self.budget:
            return None
        self.budget -= size
        return Kept(x=x_1BF, origin=origin_1BG, along=along)
