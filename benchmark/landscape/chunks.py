"""Sums over a set of examples, chunk by chunk, in as much memory as there is.

Legend of shape suffixes: B examples of a chunk, P weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import TypeVar

import torch
from torch import Tensor

from benchmark.cells.data.splits import Examples
from benchmark.landscape.curvature import Built, KeptGraphs, Product, room_for_graphs

Result = TypeVar("Result")


class InChunks:
    """A set of examples that is worked on in chunks.

    Attributes:
        examples: the set.
        chunk_size: examples per chunk, halved whenever memory does not suffice for one.
        on_halved: told of the new size.
    """

    def __init__(self, examples: Examples, chunk_size: int, on_halved: Callable[[int], None]) -> None:
        """Take the set."""
        self.examples, self.chunk_size, self.on_halved = examples, chunk_size, on_halved

    def _averaged(self, of_chunk: Callable[[Tensor, Tensor], Built]) -> Product:
        """Return the mean of the chunks' products, weighted by their examples; keeps graphs while memory allows."""
        n_examples, graphs = len(self.examples), KeptGraphs(room_for_graphs(self.examples.inputs.device))

        def parts(vector_P: Tensor) -> Iterator[Tensor]:
            for size, product in graphs.kept:
                yield product(vector_P) * (size / n_examples)
            for inputs_B, targets_B in self._chunks(graphs.n_covered):
                built = graphs.built(partial(of_chunk, inputs_B, targets_B), len(inputs_B))
                yield built(vector_P) * (len(inputs_B) / n_examples)

        def mean(vector_P: Tensor) -> Tensor:
            try:
                return reduce(torch.add, parts(vector_P))
            except torch.OutOfMemoryError:
                graphs.drop()
            return self._within_memory(lambda: reduce(torch.add, parts(vector_P)))

        return mean

    def _summed(self, work: Callable[[Tensor, Tensor], list[Tensor]]) -> list[Tensor]:
        def total() -> list[Tensor]:
            sums: list[Tensor] = []
            for inputs_B, targets_B in self._chunks():
                parts = work(inputs_B, targets_B)
                sums = [a + b for a, b in zip(sums, parts, strict=True)] if sums else parts
            return sums

        return self._within_memory(total)

    def _within_memory(self, work: Callable[[], Result]) -> Result:
        while True:
            try:
                return work()
            except torch.OutOfMemoryError:
                self._halve()

    def _halve(self) -> None:
        """Halve the chunks; called while an out-of-memory error is handled, which one example cannot escape."""
        if self.chunk_size == 1:
            raise
        self.chunk_size //= 2
        self.on_halved(self.chunk_size)

    def _chunks(self, first: int = 0) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(first, len(self.examples), self.chunk_size):
            end = start + self.chunk_size
            yield self.examples.inputs[start:end], self.examples.targets[start:end]
