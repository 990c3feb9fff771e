"""Loss and error on the plane through three solutions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.loss import BatchNorm
    from benchmark.landscape.trained import Trained


@measure(
    unit="nats",
    source="Garipov et al. 2018 (the plane of its figures, from memory)",
    quantities=("corner_loss", "centroid_loss"),
)
def three_solution_plane(
    first: Trained,
    second: Trained,
    third: Trained,
    *,
    n_points: int = 25,
    margin: float = 0.2,
    batch_norm: BatchNorm = "recalibrated",
    n_examples: int | None = None,
) -> Result:
    """Loss (nats) and error on a grid in the plane through three networks.

        theta(alpha, beta) = theta_1 + alpha u + beta v,  u along theta_2 - theta_1,  v along theta_3 - theta_1 less its
        part along u, both of length 1 (Gram-Schmidt)

    so that coordinates are distances between weights. Quantities, of the training loss: `corner_loss`, indexed by the
    `corner` 1, 2, 3, of the networks themselves, and `centroid_loss` of their mean. Arrays: `alpha` (A,), `beta` (B,),
    `train_loss`, `train_error` and, where there is a test split, `test_loss`, `test_error`, each (A, B) with [i, j] at
    (alpha_i, beta_j); `corners` (3, 2), where the networks lie. Values that are not finite stay what they are; the
    error is NaN for a task without one.

    Exact up to rounding. Not invariant under permutation or rescaling of neurons of one of the three. Costs
    `n_points` squared passes over train and test split, and as many recalibrations.

    Args:
        first: network at (0, 0), whose splits are evaluated.
        second: network on the axis beta = 0, at a positive alpha.
        third: network at a positive beta.
        n_points: points along each axis.
        margin: what the grid has to spare around the networks on each side, as a share of their extent.
        batch_norm: "recalibrated" (statistics estimated anew at every point), "frozen" (of the first network) or
            "batch".
        n_examples: use the first `n_examples` training examples (None: all); the test split is used whole.

    Raises:
        ValueError: for networks that differ in data or architecture or lie on a line, fewer than two points, or a
            negative margin.
    """
    import numpy as np
    import torch

    from benchmark.landscape.lines import refuse_strangers
    from benchmark.landscape.planes import plane_through_three
    from benchmark.landscape.slices import Evaluator, landscapes_on_slice, quantities_of
    from benchmark.landscape.weights import flatten, named_weights

    refuse_strangers(first, second)
    refuse_strangers(first, third)
    thetas = [flatten(named_weights(network.module)) for network in (first, second, third)]
    plane = plane_through_three(*thetas, n_points=n_points, margin=margin)
    seen = landscapes_on_slice(first, batch_norm=batch_norm, with_test=True, n_examples=n_examples)
    evaluator = Evaluator(plane.slice, list(seen.values()))
    table = first.tabulate(plane.points, evaluator.rows, together=evaluator.together)
    values = np.moveaxis(table.reshape(len(plane.alpha), len(plane.beta), -1), -1, 0)
    readings = [
        Reading(quantity="corner_loss", value=seen["train"].loss(theta_P), index={"corner": number})
        for number, theta_P in enumerate(thetas, start=1)
    ]
    centroid = seen["train"].loss(torch.stack(thetas).mean(dim=0))
    readings.append(Reading(quantity="centroid_loss", value=centroid))
    curves = dict(zip(quantities_of(seen), values, strict=True))
    axes = {"alpha": plane.alpha, "beta": plane.beta}
    return Result(readings=readings, arrays={**axes, **curves, **plane.arrays})
