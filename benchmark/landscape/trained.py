"""What a measure is given: one trained network with everything known of how it came to be."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.cells.cell import Cell
from benchmark.cells.data.splits import Examples, Splits
from benchmark.cells.data.task import PerExample, Task, classification
from benchmark.cells.streams import generator
from benchmark.landscape.loss import BatchNorm, Landscape

Split = Literal["train", "val", "test"]
Point = TypeVar("Point")


class Tabulate(Protocol):
    """Computes a row of numbers at every point, in order."""

    def __call__(
        self,
        points: Sequence[Point],
        compute: Callable[[Any], Any],
        *,
        together: int | None = None,
    ) -> np.ndarray[Any, Any]:
        """Return the rows, shape (number of points, numbers per point), float64; what is not finite stays so.

        Args:
            points: where.
            compute: a point -> its row of numbers; with `together`, several points -> as many rows.
            together: how many points `compute` is given at once, at most; None for one that takes a single point.
        """


def tabulated(
    points: Sequence[Point],
    compute: Callable[[Any], Any],
    *,
    together: int | None = None,
) -> np.ndarray[Any, Any]:
    """Compute every row in memory; a run keeps them on disk instead, and goes on where it was killed."""
    rows: list[Any] = []
    while len(rows) < len(points):
        rows += next_rows(points, len(rows), compute, together)
    return np.array(rows, dtype=np.float64)


def next_rows(
    points: Sequence[Any], n_done: int, compute: Callable[[Any], Any], together: int | None
) -> Sequence[Sequence[float]]:
    """Return what follows the first `n_done` rows; see `Tabulate`."""
    if together is None:
        return [compute(points[n_done])]
    rows: Sequence[Sequence[float]] = compute(points[n_done : n_done + together])
    return rows


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A trained network, loaded: a measure reads it and changes nothing.

    Attributes:
        cell: the spec that was asked for; None for a network that was not trained here.
        module: the network with its final weights, in evaluation mode.
        initial: weights and buffers before the first step, by name.
        splits: the data, on the device of `module`.
        history: records of the training, in the order of their steps.
        test_logits: outputs on the test split, shape (N, K), float16.
        checkpoint: step -> weights and buffers after that many steps; raises `KeyError` where none was kept.
        notes: what a reader of the numbers should know, gathered while they are computed.
        seed: what the random numbers of measures are derived from.
        tabulate: for long loops over points: computes a row at each, and resumes after an interruption. A row must
            depend on its point alone. Several calls in a measure are told apart by their order.
    """

    cell: Cell | None
    module: nn.Module
    initial: dict[str, Tensor]
    splits: Splits
    history: list[dict[str, float]] = field(default_factory=list)
    test_logits: Tensor | None = None
    checkpoint: Callable[[int], dict[str, Tensor]] | None = None
    notes: list[str] = field(default_factory=list)
    seed: int = 0
    tabulate: Tabulate = tabulated

    @staticmethod
    def of(
        module: nn.Module,
        inputs: Tensor,
        targets: Tensor,
        *,
        test: tuple[Tensor, Tensor] | None = None,
        loss: PerExample | None = None,
        error: PerExample | None = None,
        seed: int = 0,
    ) -> Trained:
        """Return a network that was trained elsewhere, to be measured; it is copied, and stays as it is.

        Args:
            module: any network; its buffers and mode are left alone.
            inputs: training inputs, shape (N, ...), on the device of `module`.
            targets: their targets, shape (N, ...); integer classes unless a loss is given.
            test: inputs and targets of the test split; None for an empty one.
            loss: (outputs, targets) -> the loss of every example, shape (B,), twice differentiable; None for
                cross-entropy.
            error: (outputs, targets) -> 0 or 1 for every example; with a loss of one's own there is none by default.
            seed: of the random numbers of measures, such as directions.

        Raises:
            ValueError: where inputs and targets differ in number, cross-entropy does not fit the outputs, or `loss` or
                `error` does not return one number for every example.

        Example:
            >>> import torch
            >>> from benchmark.landscape.trained import Trained
            >>> module = torch.nn.Linear(4, 3).double()  # yours, trained
            >>> inputs, targets = torch.eye(4).double(), torch.tensor([0, 1, 2, 0])
            >>> landscape = Trained.of(module, inputs, targets).landscape()
            >>> landscape.n_weights, round(landscape.loss(torch.zeros(15).double()), 3)  # log 3
            (15, 1.099)
        """
        module = copy.deepcopy(module).eval()
        train = Examples(inputs=inputs, targets=targets)
        splits = Splits(
            train=train,
            val=train.take(slice(0, 0)),
            test=train.take(slice(0, 0)) if test is None else Examples(inputs=test[0], targets=test[1]),
            task=_task(module, train, loss, error),
        )
        initial = {name: value.detach().clone() for name, value in module.state_dict().items()}
        return Trained(cell=None, module=module, initial=initial, splits=splits, seed=seed)

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

        It depends on the measure's family and `seed` only, in a run the cell's init_seed: options of a measure, and
        arms with equal seed, share their random numbers, which takes the probes' noise out of every paired comparison.
        """
        return generator(self.seed, "measure", family)


def _task(module: nn.Module, train: Examples, loss: PerExample | None, error: PerExample | None) -> Task:
    with torch.no_grad():
        outputs = module(train.inputs[:2])
    shape, n_outputs = tuple(train.inputs.shape[1:]), int(outputs.shape[-1])
    kind: Literal["images", "vectors"] = "images" if len(shape) == 3 else "vectors"
    if loss is not None:
        _check_per_example("loss", loss, outputs, train.targets[:2])
    if error is not None:
        _check_per_example("error", error, outputs, train.targets[:2])
    if loss is not None:
        return Task(kind=kind, input_shape=shape, n_outputs=n_outputs, classes=None, loss=loss, error=error)
    if train.targets.is_floating_point() or outputs.dim() != 2:
        raise ValueError(
            f"cross-entropy takes integer targets of shape (N,) and outputs of shape (N, classes); the targets are "
            f"{train.targets.dtype}, the outputs of shape {tuple(outputs.shape)}; give loss=..., "
            "(outputs, targets) -> the loss of every example"
        )
    low, high = int(train.targets.min()), int(train.targets.max())
    if low < 0 or high >= n_outputs:
        raise ValueError(
            f"the targets are classes from {low} to {high}, but the network has {n_outputs} outputs; "
            f"give classes from 0 to {n_outputs - 1}"
        )
    task = classification(input_shape=shape, n_outputs=n_outputs, kind=kind)
    return task if error is None else dataclasses.replace(task, error=error)


def _check_per_example(name: str, function: PerExample, outputs: Tensor, targets: Tensor) -> None:
    """Refuse what is already a mean, or has several numbers per example: sums over chunks would weigh it wrongly."""
    with torch.no_grad():
        shape = tuple(function(outputs, targets).shape)
    if shape != (len(outputs),):
        raise ValueError(
            f"{name} returns shape {shape} for {len(outputs)} examples; return one number for every example, shape "
            "(B,): reduction='none', then a sum or mean over all but the first dimension"
        )
