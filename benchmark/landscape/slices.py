"""Lines and planes through the space of weights, and loss and error on them.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from benchmark.landscape.directions import gaussian
from benchmark.landscape.first_layer import factored
from benchmark.landscape.loss import BatchNorm, Landscape
from benchmark.landscape.weights import Biases, Normalization, normalized

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from benchmark.landscape.trained import Trained

kept_bytes = 256 * 2**20  # of first-layer outputs, over all landscapes of a slice
cached_bytes = 8 * 2**20  # of a chunk's largest activation: larger ones fall out of a CPU's cache
chunk_sizes = (128, 2048)  # smaller ones cost more in calls than they save in memory traffic


@dataclass(frozen=True, kw_only=True, eq=False)
class Slice:
    """The points theta(a, b, ...) = origin + a axis_1 + b axis_2 + ...

    Attributes:
        origin_P: weights at coordinates 0, shape (P,).
        axes: one vector of shape (P,) for a line, two for a plane; neither unit nor orthogonal in general.

    Example:
        >>> import torch
        >>> from benchmark.landscape.slices import Slice
        >>> plane = Slice(origin=torch.ones(2), axes=(torch.tensor([1.0, 0.0]), torch.tensor([1.0, 1.0])))
        >>> plane.at(0.5, 2.0).tolist()
        [3.5, 3.0]
    """

    origin: Tensor
    axes: tuple[Tensor, ...]

    def at(self, *coordinates: float) -> Tensor:
        """Return the weights at the coordinates, shape (P,); exactly `origin` where all are 0."""
        theta_P = self.origin
        for coordinate, axis_P in zip(coordinates, self.axes, strict=True):
            if coordinate != 0:
                theta_P = torch.add(theta_P, axis_P, alpha=coordinate)
        return theta_P


def random_slice(
    landscape: Landscape,
    generator: torch.Generator,
    n_axes: int = 2,
    *,
    normalize: Normalization = "filter",
    biases: Biases = "zero",
) -> Slice:
    """Return the slice through the landscape's centre along Gaussian directions, normalized as in Li et al. 2018.

    The directions are drawn one after the other, so that the line of a generator is the first axis of its plane.
    """
    theta_P = landscape.theta
    axes = tuple(
        normalized(gaussian(theta_P, generator), landscape.like, normalize=normalize, biases=biases)
        for _ in range(n_axes)
    )
    return Slice(origin=theta_P, axes=axes)


def quantities_of(seen: Mapping[str, Landscape]) -> list[str]:
    """Return what `Evaluator` finds at a point, in its order: `train_loss`, `train_error`, ..."""
    return [f"{split}_{kind}" for split in seen for kind in ("loss", "error")]


class Evaluator:
    """Loss and error on landscapes at points of a slice.

    Equal to `landscape.loss_and_error(slice.at(*coordinates))` up to rounding (in float32 below 1e-6 of the loss in
    the networks tried, as far from the exact value as that is), and bit for bit at the origin; the error is NaN for a
    task that has none. Where the network's first layer allows it, that layer is computed once for
    the whole slice (see `first_layer`). Under "recalibrated" the statistics are estimated once per point, by the first
    landscape. One pass over each set per point, and one recalibration.

    Attributes:
        together: how many points are best evaluated at once. What is found at one does not depend on the others.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.slices import Evaluator, Slice
        >>> from benchmark.landscape.trained import Trained
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> landscape = trained.landscape()
        >>> plane = Evaluator(Slice(origin=landscape.theta, axes=tuple(torch.eye(2).double())), [landscape])
        >>> [round(loss, 6) for loss, _ in plane.rows([(0, 0), (1, 0), (0, 1), (1, 1)])]
        [0.0, 1.0, 4.0, 5.0]
    """

    def __init__(self, slice_: Slice, landscapes: Sequence[Landscape]) -> None:
        """Take a slice and the landscapes it is seen on."""
        budget = kept_bytes // len(landscapes)
        self._slice = slice_
        self._ways = [
            factored(landscape, slice_.origin, slice_.axes, budget=budget) for landscape in landscapes
        ]
        self.together = min(landscape.n_together for landscape, _ in self._ways)

    def __call__(self, coordinates: Sequence[float]) -> list[float]:
        """Return (loss, error) on each landscape in turn, as one list."""
        return self.rows([coordinates])[0]

    def rows(self, points: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return such a list for every point."""
        starts = range(0, len(points), self.together)
        return [row for start in starts for row in self._rows(points[start : start + self.together])]

    def _rows(self, points: Sequence[Sequence[float]]) -> list[list[float]]:
        for _, layer in self._ways:
            if layer is not None:
                layer.move_to(points)
        theta_LP = torch.stack([self._slice.at(*coordinates) for coordinates in points])
        first = self._ways[0][0]
        is_recalibrated = first.batch_norm == "recalibrated"
        buffers = [first.recalibrated_buffers(theta_P) if is_recalibrated else None for theta_P in theta_LP]
        pairs = [landscape.losses_and_errors(theta_LP, buffers) for landscape, _ in self._ways]
        return [[number for pair in at_point for number in pair] for at_point in zip(*pairs, strict=True)]


def landscapes_on_slice(
    trained: Trained, *, batch_norm: BatchNorm, with_test: bool, n_examples: int | None
) -> dict[str, Landscape]:
    """Return the landscapes of the first training examples and, unless it is empty, of the whole test split.

    On a CPU in chunks that stay in the cache, where the policy is "frozen": under the others the values depend on the
    chunks.
    """
    chunk: dict[str, int] = {}
    if trained.splits.train.inputs.device.type == "cpu" and batch_norm == "frozen":
        chunk = {"chunk_size": _chunk_in_cache(trained.module, trained.splits.train.inputs[:1])}
    train = trained.landscape("train", n_examples=n_examples, batch_norm=batch_norm, **chunk)
    if not with_test or len(trained.splits.test) == 0:
        return {"train": train}
    return {"train": train, "test": trained.landscape("test", batch_norm=batch_norm, **chunk)}


def _chunk_in_cache(module: nn.Module, inputs: Tensor) -> int:
    """Return how many examples have their largest activation in a CPU's cache."""
    sizes = [inputs.nbytes]

    def note(_layer: nn.Module, _arguments: object, outputs: object) -> None:
        if isinstance(outputs, Tensor):
            sizes.append(outputs.nbytes)

    hooks = [layer.register_forward_hook(note) for layer in module.modules()]
    try:
        with torch.no_grad():
            module(inputs)
    finally:
        for hook in hooks:
            hook.remove()
    low, high = chunk_sizes
    return min(high, max(low, cached_bytes // max(sizes)))


def symmetric(half_width: float, n_points: int) -> NDArray[np.float64]:
    """Return `n_points` evenly spaced coordinates from -half_width to half_width, with exactly 0 in the middle.

    Raises:
        ValueError: for an even number of points or less than three, or a width that is not positive.
    """
    if n_points < 3 or n_points % 2 == 0:
        raise ValueError(
            f"n_points is {n_points}; give an odd number, at least 3: the network itself is a point"
        )
    if not 0 < half_width < np.inf:
        raise ValueError(f"half_width is {half_width}; give a positive number")
    half = np.linspace(0, half_width, n_points // 2 + 1)
    return np.concatenate([-half[:0:-1], half])
