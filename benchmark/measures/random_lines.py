"""Loss and error along random lines through a trained network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmark.measures.measure import Result, measure
from benchmark.measures.samples import summarized

if TYPE_CHECKING:
    from benchmark.landscape.loss import BatchNorm
    from benchmark.landscape.trained import Trained
    from benchmark.landscape.weights import Biases, Normalization


@measure(
    unit="",
    source="Li et al. 2018, section 4 (the profiles; the radius read from them is ours)",
    quantities=("flat_radius", "flat_radius_spread"),
)
def random_lines(
    trained: Trained,
    *,
    n_directions: int = 10,
    half_width: float = 1.0,
    n_points: int = 51,
    increase: float = 0.5,
    normalize: Normalization = "filter",
    biases: Biases = "zero",
    batch_norm: BatchNorm = "frozen",
    with_test: bool = True,
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error on lines through the network, L(theta + alpha d), for several random directions d.

    Quantities: `flat_radius`, the smallest |alpha| at which the training loss has risen by `increase`, the mean over
    directions with its standard error, and `flat_radius_spread`, the standard deviation over directions. Linear between
    grid points. A direction on which the loss never rises so far counts `half_width`, and a note says how many there
    are; a loss that is not finite counts as risen. Arrays: `alpha` (A,), and `train_loss`, `train_error` and, where
    there is a test split, `test_loss`, `test_error`, each of shape (n_directions, A). Values that are not finite stay
    what they are; the error is NaN for a task without one.

    Values are exact up to rounding, that at alpha = 0 is the network's own bit for bit; the radius is an estimate over
    directions. With filter or layer normalization it is invariant under rescaling of whole layers, not under rescaling
    of single neurons. Costs `n_directions` x `n_points` passes (and as many recalibrations); all but the first layer
    of them where that layer is linear or a convolution.

    Args:
        trained: the network.
        n_directions: number of Gaussian directions.
        half_width: alpha runs from -half_width to half_width.
        n_points: points on a line, an odd number.
        increase: rise of the loss, in nats, that ends the flat part.
        normalize: "filter", "layer" or "none", see `weights.normalized`.
        biases: entries of biases and batch norm in the directions: "zero" or "kept".
        batch_norm: "frozen" (statistics of the trained network), "batch" or "recalibrated".
        with_test: also evaluate on the test split, whole, if there is one.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for an unknown option, an even number of points, or no direction.
    """
    import numpy as np

    from benchmark.landscape import slices
    from benchmark.landscape.grid import flat_radius

    if n_directions < 1 or not increase > 0:
        raise ValueError(f"n_directions is {n_directions} and increase {increase}; both must be positive")
    alpha_A = slices.symmetric(half_width, n_points)
    seen = slices.landscapes_on_slice(
        trained, batch_norm=batch_norm, with_test=with_test, n_examples=n_examples
    )
    generator, tables = trained.rng("random_lines"), []
    for _ in range(n_directions):
        line = slices.random_slice(seen["train"], generator, 1, normalize=normalize, biases=biases)
        evaluator = slices.Evaluator(line, list(seen.values()))
        points = [(float(alpha),) for alpha in alpha_A]
        tables.append(trained.tabulate(points, evaluator.rows, together=evaluator.together))
    curves = dict(zip(slices.quantities_of(seen), np.moveaxis(np.stack(tables), -1, 0), strict=True))
    radii = [flat_radius(alpha_A, loss_A, increase=increase) for loss_A in curves["train_loss"]]
    if n_flat := sum(map(math.isinf, radii)):
        trained.notes.append(
            f"on {n_flat} of {n_directions} lines the loss never rises by {increase:g}: their radius counts as "
            f"{half_width:g}"
        )
    draws = {"flat_radius": [min(radius, half_width) for radius in radii]}
    readings = summarized(draws, units={}, spreads=("flat_radius",))
    return Result(readings=readings, arrays={"alpha": alpha_A, **curves})
