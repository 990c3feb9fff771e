"""Loss and error on a plane through a trained network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from benchmark.measures.measure import Reading, Result, measure
from benchmark.measures.samples import summarized

if TYPE_CHECKING:
    import numpy as np

    from benchmark.landscape.loss import BatchNorm
    from benchmark.landscape.planes import Kind
    from benchmark.landscape.trained import Trained
    from benchmark.landscape.weights import Biases, Normalization

    Array = np.ndarray[Any, Any]

units = {"center_loss": "nats", "convex_up_to": "nats"}
with_spread = ("log10_max", "negative_fraction")


@measure(
    unit="",
    source="Li et al. 2018, sections 4, 6 and 7 (the pictures; the numbers read from them are ours)",
    quantities=(
        "center_loss",
        "log10_max",
        "log10_median",
        "negative_fraction",
        "contour_area",
        "convex_up_to",
        "share_not_finite",
        *(f"{name}_spread" for name in with_spread),
    ),
)
def loss_surface(
    trained: Trained,
    *,
    plane: Kind = "random",
    n_planes: int = 1,
    half_width: float = 1.0,
    n_points: int = 25,
    normalize: Normalization = "filter",
    biases: Biases = "zero",
    batch_norm: BatchNorm = "frozen",
    with_test: bool = False,
    every_steps: int | None = None,
    level: float = 0.1,
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error on a grid in a plane through the network, L(theta + alpha d + beta e).

    Quantities, of the training loss on the grid, each the mean over planes with its standard error; for the two marked
    there is also the standard deviation over planes, `<name>_spread`. Their definitions are those of `grid`:

        center_loss: L(theta), in nats
        log10_max (marked), log10_median: of the loss over the grid
        negative_fraction (marked): share of interior points with a negative curvature in the plane
        contour_area: area where the loss is at most `level`, in units of the axes
        convex_up_to: smallest loss at which the surface is seen not to be convex, in nats
        share_not_finite: share of points whose loss is not finite

    Arrays: `alpha` (A,), `beta` (B,), and `train_loss`, `train_error` and, where asked for, `test_loss`, `test_error`,
    each of shape (n_planes, A, B) with [i, j] at (alpha_i, beta_j). Values that are not finite stay what they are; the
    error is NaN for a task without one. For "eigenvectors" also `eigenvalues` (2,); for "trajectory" `path` (n, 2),
    `path_steps` (n,) and `explained` (2,).

    Values are exact up to rounding, the node (0, 0) is the network's own loss bit for bit. One random plane is one draw
    of many; negative curvature in it proves negative curvature of the Hessian, its absence proves nothing. With filter
    or layer normalization random planes are invariant under rescaling of whole layers, not under rescaling of single
    neurons. Surfaces of networks with different `center_loss` differ for that reason alone. Costs one pass over the
    examples per point (and one recalibration); all but the first layer of it where that layer is linear or a
    convolution.

    Args:
        trained: the network.
        plane: "random": two Gaussian directions, normalized. "eigenvectors": those of the Hessian with the two largest
            eigenvalues (batch norm frozen), made as long as a filter-normalized direction. "trajectory": the first two
            principal components of the path of training, unit vectors.
        n_planes: number of random planes.
        half_width: the grid is [-half_width, half_width] along both axes; for "trajectory" it is the box of the path
            with a tenth of its size to spare on each side, times this.
        n_points: points along each axis, an odd number.
        normalize: "filter", "layer" or "none", see `weights.normalized`.
        biases: entries of biases and batch norm in the directions: "zero" or "kept".
        batch_norm: "frozen" (statistics of the trained network), "batch" or "recalibrated".
        with_test: also evaluate on the test split, whole, if there is one.
        every_steps: optimizer steps between two points of the path ("trajectory" only; see `trajectory_pca`).
        level: loss of the contour whose area is reported.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for an unknown option, an even number of points, or several planes of a kind that is unique.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.loss_surface import loss_surface
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> surface = loss_surface(plane="eigenvectors", normalize="none", n_points=3).compute(trained)
        >>> [[round(x, 6) for x in row] for row in surface.arrays["train_loss"][0].tolist()]
        [[5.0, 4.0, 5.0], [1.0, 0.0, 1.0], [5.0, 4.0, 5.0]]
    """
    from benchmark.landscape.planes import planes_through
    from benchmark.landscape.slices import Evaluator, landscapes_on_slice, quantities_of

    seen = landscapes_on_slice(trained, batch_norm=batch_norm, with_test=with_test, n_examples=n_examples)
    every_plane = planes_through(
        trained,
        plane,
        n_planes=n_planes,
        half_width=half_width,
        n_points=n_points,
        normalize=normalize,
        biases=biases,
        every_steps=every_steps,
        n_examples=n_examples,
    )
    drawn = [*every_plane]
    tables = []
    for one in drawn:
        evaluator = Evaluator(one.slice, list(seen.values()))
        tables.append(trained.tabulate(one.points, evaluator.rows, together=evaluator.together))
    arrays = {"alpha": drawn[-1].alpha, "beta": drawn[-1].beta, **drawn[-1].arrays}
    arrays |= dict(zip(quantities_of(seen), _by_quantity(tables, drawn[-1].shape), strict=True))
    trained.notes.extend(_notes(arrays["train_loss"], level))
    center = seen["train"].loss(seen["train"].theta)
    return Result(readings=_readings(center, arrays, level), arrays=arrays)


def _by_quantity(tables: Sequence[Array], shape: tuple[int, int]) -> Array:
    """Return values of shape (quantities, planes, A, B)."""
    import numpy as np

    return np.moveaxis(np.stack(tables).reshape(len(tables), *shape, -1), -1, 0)


def _readings(center: float, arrays: Mapping[str, Array], level: float) -> list[Reading]:
    draws = {"center_loss": [center] * len(arrays["train_loss"]), **_scalars(arrays, level)}
    return summarized(draws, units=units, spreads=with_spread)


def _scalars(arrays: Mapping[str, Array], level: float) -> dict[str, list[float]]:
    from benchmark.landscape import grid

    axes, losses = (arrays["alpha"], arrays["beta"]), arrays["train_loss"]
    return {
        "log10_max": [grid.log10_max(loss) for loss in losses],
        "log10_median": [grid.log10_median(loss) for loss in losses],
        "negative_fraction": [grid.negative_fraction(*axes, loss) for loss in losses],
        "contour_area": [grid.contour_area(*axes, loss, level=level) for loss in losses],
        "convex_up_to": [grid.convex_up_to(loss) for loss in losses],
        "share_not_finite": [grid.share_not_finite(loss) for loss in losses],
    }


def _notes(losses: Array, level: float) -> Iterator[str]:
    from benchmark.landscape import grid

    n_wide = sum(grid.reaches_border(loss, level=level) for loss in losses)
    if n_wide:
        yield (
            f"the region below a loss of {level:g} reaches the border of {n_wide} of {len(losses)} grids: its area is "
            "a lower bound"
        )
    share = grid.share_not_finite(losses)
    if share:
        yield f"{100 * share:.3g} % of the grid's losses are not finite; the largest is that of the others"
