"""Loss and error on a line (or a curve) through two sets of weights.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import torch
from torch import Tensor, nn

from benchmark.landscape.loss import Landscape
from benchmark.landscape.weights import Buffers, flatten, lerp, lerp_buffers, named_weights

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained

BatchNormOnLine = Literal["frozen", "interpolated", "recalibrated", "batch"]
Path = Literal["straight", "curved"]


@dataclass(frozen=True, kw_only=True, eq=False)
class End:
    """Weights, shape (P,), and buffers at one end of a line."""

    theta: Tensor
    buffers: Buffers

    @staticmethod
    def of(module: nn.Module) -> End:
        """Return the weights and buffers that a network has."""
        return End(theta=flatten(named_weights(module)), buffers=dict(module.named_buffers()))

    @staticmethod
    def stored(state: Mapping[str, Tensor], like: Landscape) -> End:
        """Return weights and buffers kept by name (a checkpoint, for instance) of the network of `like`."""
        weights = {name: state[name].to(weight) for name, weight in like.like.items()}
        buffers = {name: state.get(name, buffer).to(buffer) for name, buffer in like.buffers.items()}
        return End(theta=flatten(weights), buffers=buffers)


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """The path from `start` (alpha = 0) to `end` (alpha = 1), and the landscapes it is seen on.

        straight: theta(alpha) = (1 - alpha) theta_start + alpha theta_end
        curved:   theta(alpha) = cos(alpha pi/2) theta_start + sin(alpha pi/2) theta_end

    Attributes:
        start: where alpha is 0.
        end: where alpha is 1.
        landscapes: by split; "train" is the one whose calibration set statistics are estimated on.
        batch_norm: statistics on the way: those of the landscapes' centre ("frozen"), moved along with alpha
            ("interpolated"; a variance that would be negative outside [0, 1] is 0), estimated anew on training
            examples ("recalibrated"), or of the evaluated chunk ("batch").
        path: "straight" or "curved".
    """

    start: End
    end: End
    landscapes: Mapping[str, Landscape]
    batch_norm: BatchNormOnLine
    path: Path = "straight"

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the numbers at a point: `<split>_loss` and, where the task has one, `<split>_error`."""
        kinds = ("loss", "error") if self.landscapes["train"].task.error is not None else ("loss",)
        return tuple(f"{split}_{kind}" for split in self.landscapes for kind in kinds)

    def values(self, alpha: float) -> list[float]:
        """Return loss (nats) and error at alpha on every landscape, in the order of `quantities`.

        Exact up to rounding. One pass over every landscape, and one recalibration for all of them.
        """
        return self.rows([alpha])[0]

    def rows(self, alphas: Sequence[float]) -> list[list[float]]:
        """Return `values` at every alpha; what is found at one does not depend on the others."""
        starts = range(0, len(alphas), self.together)
        return [row for start in starts for row in self._rows(alphas[start : start + self.together])]

    def _rows(self, alphas: Sequence[float]) -> list[list[float]]:
        theta_LP = torch.stack([self.weights(alpha) for alpha in alphas])
        buffers = [self.buffers(*each) for each in zip(alphas, theta_LP, strict=True)]
        pairs = [landscape.losses_and_errors(theta_LP, buffers) for landscape in self.landscapes.values()]
        n_kinds = len(self.quantities) // len(self.landscapes)
        return [
            [number for pair in at_alpha for number in pair[:n_kinds]]
            for at_alpha in zip(*pairs, strict=True)
        ]

    @property
    def together(self) -> int:
        """How many points are best evaluated at once."""
        return min(landscape.n_together for landscape in self.landscapes.values())

    def weights(self, alpha: float) -> Tensor:
        """Return theta(alpha), shape (P,); on the straight path the ends are exact."""
        if self.path == "straight":
            return lerp(self.start.theta, self.end.theta, alpha)
        angle = alpha * math.pi / 2
        return math.cos(angle) * self.start.theta + math.sin(angle) * self.end.theta

    def buffers(self, alpha: float, theta_P: Tensor) -> Buffers | None:
        """Return the statistics at alpha; None for the landscapes' own way."""
        if self.batch_norm == "recalibrated":
            return self.landscapes["train"].recalibrated_buffers(theta_P)
        if self.batch_norm != "interpolated":
            return None
        moved = lerp_buffers(self.start.buffers, self.end.buffers, alpha)
        variances = {name: buffer for name, buffer in moved.items() if name.endswith("running_var")}
        return {**moved, **{name: variance.clamp(min=0) for name, variance in variances.items()}}


def landscapes_on_line(
    trained: Trained, batch_norm: BatchNormOnLine, n_examples: int | None
) -> dict[str, Landscape]:
    """Return the landscapes of the first training examples and, unless it is empty, of the whole test split.

    Raises:
        ValueError: for an unknown `batch_norm`.
    """
    if batch_norm not in get_args(BatchNormOnLine):
        raise ValueError(f"batch_norm is {batch_norm!r}; choose frozen, interpolated, recalibrated or batch")
    policy = "frozen" if batch_norm == "interpolated" else batch_norm
    landscapes = {"train": trained.landscape("train", n_examples=n_examples, batch_norm=policy)}
    if len(trained.splits.test) > 0:
        landscapes["test"] = trained.landscape("test", batch_norm=policy)
    return landscapes


def line_between(
    first: Trained,
    second: Trained,
    *,
    batch_norm: BatchNormOnLine,
    path: Path = "straight",
    n_examples: int | None = None,
) -> Line:
    """Return the line from one network to another, on the splits of the first.

    Raises:
        ValueError: for an unknown option, or networks that differ in data or architecture.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.lines import alphas, line_between
        >>> from benchmark.landscape.trained import Trained
        >>> modules = [torch.nn.Linear(1, 1, bias=False).double() for _ in range(2)]
        >>> for module, weight in zip(modules, (0.0, 2.0)):
        ...     _ = torch.nn.init.constant_(module.weight, weight)
        >>> one = torch.ones(1, 1).double()
        >>> first, second = (Trained.of(module, one, one, loss=squared_error) for module in modules)
        >>> line = line_between(first, second, batch_norm="frozen")
        >>> line.quantities, [line.values(alpha) for alpha in alphas(3)]  # (2 alpha - 1)^2 / 2
        (('train_loss',), [[0.5], [0.0], [0.5]])
    """
    if path not in get_args(Path):
        raise ValueError(f"path is {path!r}; choose 'straight' or 'curved'")
    landscapes = landscapes_on_line(first, batch_norm, n_examples)
    refuse_strangers(first, second)
    return Line(
        start=End.of(first.module),
        end=End.of(second.module),
        landscapes=landscapes,
        batch_norm=batch_norm,
        path=path,
    )


def alphas(n_points: int, start: float = 0.0, stop: float = 1.0) -> list[float]:
    """Return `n_points` evenly spaced alphas, both ends included.

    Raises:
        ValueError: for fewer than two points.
    """
    if n_points < 2:
        raise ValueError(f"n_points is {n_points}; a line needs at least 2")
    return [start + (stop - start) * step / (n_points - 1) for step in range(n_points)]


def refuse_strangers(first: Trained, second: Trained) -> None:
    """Raise `ValueError` where two networks differ in data or architecture."""
    if not _saw_the_same(first, second):
        raise ValueError("the two networks saw different data; select pairs of cells with equal data specs")
    shapes = [{name: w.shape for name, w in named_weights(t.module).items()} for t in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "the two networks differ in architecture; select pairs of cells with equal model specs"
        )


def _saw_the_same(first: Trained, second: Trained) -> bool:
    """Compare the data by their specs or, of networks trained elsewhere, by the training examples themselves."""
    if first.cell is not None and second.cell is not None:
        return bool(first.cell.data == second.cell.data)
    return first.splits.train.digest == second.splits.train.digest
