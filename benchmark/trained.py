"""What a measure is given: one trained network with everything known of how it came to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn

from benchmark.data.splits import Examples, Splits
from benchmark.landscape import BatchNorm, Landscape
from benchmark.spec import Cell
from benchmark.streams import generator

Split = Literal["train", "val", "test"]


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A finished cell, loaded: a measure reads it and changes nothing.

    Attributes:
        cell: the spec that was asked for.
        module: the network with its final weights, in evaluation mode.
        initial: weights and buffers before the first step, by name.
        splits: the data, on the device of `module`.
        history: records of the training, in the order of their steps.
        test_logits: outputs on the test split, shape (N, K), float16.
        checkpoint: step -> weights and buffers after that many steps; raises `KeyError` where none was kept.
        notes: what a reader of the numbers should know, gathered while they are computed.
    """

    cell: Cell
    module: nn.Module
    initial: dict[str, Tensor]
    splits: Splits
    history: list[dict[str, float]] = field(default_factory=list)
    test_logits: Tensor | None = None
    checkpoint: Callable[[int], dict[str, Tensor]] | None = None
    notes: list[str] = field(default_factory=list)

    def examples(self, split: Split = "train", n_examples: int | None = None) -> Examples:
        """Return the first `n_examples` of a split (all for None); splits are in random order already."""
        examples: Examples = getattr(self.splits, split)
        return examples if n_examples is None else examples.take(slice(0, n_examples))

    def landscape(
        self,
        split: Split = "train",
        *,
        n_examples: int | None = None,
        batch_norm: BatchNorm = "frozen",
        chunk_size: int = 2048,
    ) -> Landscape:
        """Return L over (the first `n_examples` of) a split, centred at the final weights.

        Recalibration uses the first 5,000 training examples.
        """
        calibration = self.examples("train", 5000) if batch_norm == "recalibrated" else None
        return Landscape(
            self.module,
            self.examples(split, n_examples),
            self.splits.task,
            batch_norm=batch_norm,
            calibration=calibration,
            chunk_size=chunk_size,
            on_halved=lambda size: self.notes.append(f"memory sufficed for chunks of {size} examples only"),
        )

    def rng(self, family: str) -> torch.Generator:
        """Return the generator of a measure's probes, on the CPU.

        It depends on the measure's family and the cell's seed only: options of a measure, and arms with equal seed,
        share their random numbers, which takes the probes' noise out of every paired comparison.
        """
        return generator(self.cell.init_seed, "measure", family)
