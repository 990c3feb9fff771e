"""Equal tensors of several lanes in one buffer, each lane where a cache line begins.

Rows are padded with zeros to whole lines. The bits of a matrix product depend on where its factors lie: without the
padding a lane's would depend on its place among the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache

import torch
from torch import Tensor

line = 64  # bytes of a cache line, at which torch's own tensors begin


def padded(size: int, dtype: torch.dtype) -> int:
    """Return the least length of a row of at least `size` numbers that fills whole lines."""
    unit = line // dtype.itemsize
    return -(-size // unit) * unit


class Stack:
    """Lists of tensors, one list per lane and equal in shapes.

    What has more than two dimensions, the weights of a convolution, lies as a matrix: a row per channel out, and in it
    the positions of the window one after the other, each with all its channels in.

    Attributes:
        flat: all numbers, one block after the other; shape (n_numbers,).
        blocks: one per tensor of the list, shape (n_lanes, *padded shape); views into `flat`.
    """

    def __init__(self, shapes: Sequence[torch.Size], n_lanes: int, like: Tensor) -> None:
        """Fill it with zeros of the dtype of `like`."""
        self._shapes, self._n_lanes, self._like = tuple(shapes), n_lanes, like
        room = _room(self._shapes, n_lanes, like.dtype)
        self.flat = torch.zeros(sum(map(math.prod, room)), dtype=like.dtype)
        parts = self.flat.split([math.prod(shape) for shape in room])  # type: ignore[no-untyped-call]
        self.blocks: list[Tensor] = [part.view(shape) for part, shape in zip(parts, room, strict=True)]

    @classmethod
    def of(cls, lanes: Sequence[Sequence[Tensor]]) -> Stack:
        """Take tensors over: they keep their values, and are views into the stack from now on."""
        stack = cls([tensor.shape for tensor in lanes[0]], len(lanes), lanes[0][0])
        for number, tensors in enumerate(lanes):
            for block, tensor in zip(stack.blocks, tensors, strict=True):
                view = _seen_as(tensor.shape, block[number])
                view.copy_(tensor.detach())
                tensor.data = view
        return stack

    @classmethod
    def at(cls, shapes: Sequence[torch.Size], points_LP: Tensor) -> Stack:
        """Return the stack of points: all numbers of a lane in one row, in the order of `shapes`."""
        stack = cls(shapes, len(points_LP), points_LP)
        stack.write(points_LP)
        return stack

    def __len__(self) -> int:
        """Number of lanes."""
        return self._n_lanes

    def write(self, points_LP: Tensor) -> None:
        """Set all numbers, a row per lane.

        Raises:
            ValueError: where a row has more or fewer.
        """
        n_numbers = sum(map(math.prod, self._shapes))
        if points_LP.shape != (self._n_lanes, n_numbers):
            raise ValueError(
                f"the vector has {points_LP.shape[-1]} entries, the network {n_numbers} weights; give one per weight"
            )
        numbers = torch.cat([points_LP.reshape(-1), points_LP.new_zeros(1)])
        torch.index_select(numbers, 0, self._places[0], out=self.flat)

    def read(self) -> Tensor:
        """Return all numbers, a row per lane, as `write` takes them."""
        return self.flat.index_select(0, self._places[1]).view(self._n_lanes, -1)

    @cached_property
    def _places(self) -> tuple[Tensor, Tensor]:
        return _places(self._shapes, self._n_lanes, self._like.dtype)

    def zeros(self) -> Stack:
        """Return another one of the same form."""
        return Stack(self._shapes, self._n_lanes, self._like)

    def spread(self, values: Sequence[float]) -> None:
        """Write a number per lane wherever that lane's numbers stand."""
        lanes = self.flat.new_tensor(values)
        for block in self.blocks:
            block.copy_(lanes.view(-1, *[1] * (block.dim() - 1)))

    def norms(self) -> Tensor:
        """Return the Euclidean norm over all tensors of each lane, shape (n_lanes,)."""
        norms = [torch.linalg.vector_norm(block.flatten(1), dim=1) for block in self.blocks]
        norm: Tensor = torch.linalg.vector_norm(
            torch.stack(norms, dim=1), dim=1
        )  # along rows, whose bits are their own
        return norm


def _room(shapes: Sequence[torch.Size], n_lanes: int, dtype: torch.dtype) -> list[tuple[int, ...]]:
    return [(n_lanes, *(padded(size, dtype) for size in _rows(shape))) for shape in shapes]


@lru_cache(maxsize=64)
def _places(shapes: tuple[torch.Size, ...], n_lanes: int, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return where in rows of numbers a stack's come from, the place after the last for zeros, and the way back."""
    n_numbers = sum(map(math.prod, shapes))
    outside = n_lanes * n_numbers
    blocks, start = [], 0
    for shape, room in zip(shapes, _room(shapes, n_lanes, dtype), strict=True):
        block = torch.full(room, outside)
        inside = torch.arange(start, start + math.prod(shape)).view(shape)
        for lane in range(n_lanes):
            _seen_as(shape, block[lane]).copy_(inside + lane * n_numbers)
        blocks.append(block.flatten())
        start += math.prod(shape)
    forth = torch.cat(blocks)
    return forth, forth.argsort()[:outside]


def _rows(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape without padding in which a tensor lies: two dimensions at most."""
    return tuple(shape) if len(shape) <= 2 else (shape[0], math.prod(shape[1:]))


def _seen_as(shape: Sequence[int], block: Tensor) -> Tensor:
    """Return the numbers of a tensor of this shape, whose lane of a block is given, without the padding."""
    rows = block[tuple(slice(size) for size in _rows(shape))]
    if len(shape) <= 2:
        return rows
    n_out, n_in, *window = shape
    return rows.view(n_out, *window, n_in).movedim(-1, 1)
