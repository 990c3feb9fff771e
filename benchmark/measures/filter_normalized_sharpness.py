"""Filter-normalized sharpness: the mean loss increase at a given distance along filter-normalized directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, measure
from benchmark.measures.samples import averaged

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="a scalar for the slices of Li et al. 2018, section 4", positive=True)
def filter_normalized_sharpness(
    trained: Trained, *, alpha: float = 0.25, n_draws: int = 10, n_examples: int | None = None
) -> Reading:
    """Mean over random directions d of L(theta + alpha d) - L(theta), every filter of d as long as the network's own.

    Biases and batch-norm parameters stay put (see `weights.normalized`). Invariant under rescaling of whole layers,
    not under rescaling of single neurons, which changes the next layer's row norms. Positive near a minimum, but not
    everywhere. An estimate, with the standard error over directions; one cell's directions are the same for every
    alpha. In float32 each difference is known to about 1e-8 nats and 1e-5 of itself. Batch-norm statistics are
    frozen. Costs `n_draws` passes.

    Args:
        trained: the network.
        alpha: distance along the direction, in units of the filters' norms.
        n_draws: number of directions.
        n_examples: use the first `n_examples` training examples (None: all).
    """
    from benchmark.landscape.directions import gaussian
    from benchmark.landscape.weights import normalized

    landscape = trained.landscape(n_examples=n_examples)
    generator, theta_P = trained.rng("filter_normalized_sharpness"), landscape.theta
    centre = landscape.loss(theta_P)
    directions = (normalized(gaussian(theta_P, generator), landscape.like) for _ in range(n_draws))
    return averaged([landscape.loss(theta_P + alpha * d_P) - centre for d_P in directions])
