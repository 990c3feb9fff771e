"""Average-case sharpness: the mean loss increase under Gaussian noise on the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, measure
from benchmark.measures.samples import averaged

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="Andriushchenko et al. 2023, equation 1", positive=True)
def average_direction_sharpness(
    trained: Trained,
    *,
    rho: float = 0.1,
    n_draws: int = 100,
    adaptive: bool = False,
    n_examples: int | None = None,
) -> Reading:
    """Mean loss increase under noise, E[L(theta + d)] - L(theta) with d_i ~ N(0, rho^2 c_i^2).

    c = 1, or c = |theta| for the adaptive form, which is invariant under every rescaling of weights that leaves the
    function alone. Tends to (rho^2 / 2) tr(diag(c) H diag(c)) for small rho: positive near a minimum, but not
    everywhere. An estimate, unbiased, with the standard error over draws; one cell's draws are the same for every
    rho. In float32 each difference is known to about 1e-8 nats and 1e-5 of itself. All trainable parameters move;
    batch-norm statistics are frozen. Costs `n_draws` passes.

    Args:
        trained: the network.
        rho: noise level; the paper has 0.05, 0.1, 0.2 and 0.4.
        n_draws: number of noise vectors.
        adaptive: noise in proportion to every weight.
        n_examples: use the first `n_examples` training examples (None: all).
    """
    from itertools import islice

    import torch

    from benchmark.landscape.directions import gaussian

    landscape = trained.landscape(n_examples=n_examples)
    generator, theta_P = trained.rng("average_direction_sharpness"), landscape.theta
    scale_P = theta_P.abs() if adaptive else 1.0
    centre = landscape.loss(theta_P)
    points = (theta_P + rho * scale_P * gaussian(theta_P, generator) for _ in range(n_draws))
    increases: list[float] = []
    while some := list(islice(points, landscape.n_together)):
        increases += [loss - centre for loss, _ in landscape.losses_and_errors(torch.stack(some))]
    return averaged(increases)
