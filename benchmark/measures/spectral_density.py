"""The density of the Hessian's eigenvalues."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure
from benchmark.measures.samples import averaged

if TYPE_CHECKING:
    from benchmark.landscape.loss import Matrix
    from benchmark.landscape.trained import Trained


@measure(
    unit="nats",
    source="Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019 and Yao et al. 2020 for networks",
    quantities=(
        "share_negative",
        "mean_eigenvalue",
        "lambda_max",
        "lambda_min",
        "lambda_max_residual",
        "lambda_min_residual",
    ),
)
def spectral_density(
    trained: Trained,
    *,
    n_steps: int = 60,
    n_probes: int = 4,
    matrix: Matrix = "hessian",
    n_examples: int | None = None,
) -> Result:
    """Share of the Hessian's eigenvalues near every value, over all trainable parameters.

    Quantities:
        share_negative: share of eigenvalues below -1e-3 lambda_max; standard error over probes.
        mean_eigenvalue: tr H / P; unbiased, with standard error over probes.
        lambda_max, lambda_min: the outermost nodes: a lower bound of the largest eigenvalue, an upper bound of the
            smallest.
        lambda_max_residual, lambda_min_residual: some eigenvalue lies this close to them.
    Arrays: `nodes` and `weights` (n_probes, number of steps): per probe, point masses that add up to 1, the density
    before any smoothing.

    An estimate by stochastic Lanczos quadrature with probes of random signs, see `density.density`. The share is no
    polynomial in the eigenvalues: beside its standard error it is known to the weight of the node next to the bound.
    Batch-norm statistics are frozen; ReLU kinks are ignored. Not invariant under rescaling of layers. Costs `n_steps`
    products of about 2 gradients per probe.

    Args:
        trained: the network.
        n_steps: Lanczos steps, that is nodes, per probe.
        n_probes: number of probes.
        matrix: "hessian", or "gauss_newton" for G = J' H_out J, which for cross-entropy is the Fisher information.
        n_examples: use the first `n_examples` training examples (None: all).
    """
    from benchmark.landscape.density import density

    landscape = trained.landscape(n_examples=n_examples)
    spectrum = density(
        landscape.product(matrix, landscape.theta),
        landscape.theta,
        n_steps=n_steps,
        n_probes=n_probes,
        generator=trained.rng("spectral_density"),
    )
    nodes, weights = spectrum.nodes, spectrum.weights
    top, bottom = nodes.argmax(), nodes.argmin()
    negative = (weights * (nodes < -1e-3 * nodes.max())).sum(1).tolist()
    values = {
        "lambda_max": nodes.max(),
        "lambda_min": nodes.min(),
        "lambda_max_residual": spectrum.bounds.flatten()[top],
        "lambda_min_residual": spectrum.bounds.flatten()[bottom],
    }
    return Result(
        readings=[
            replace(averaged(negative), quantity="share_negative", unit=""),
            replace(averaged((weights * nodes).sum(1).tolist()), quantity="mean_eigenvalue"),
            *(Reading(quantity=name, value=float(value)) for name, value in values.items()),
        ],
        arrays={"nodes": nodes.numpy(), "weights": weights.numpy()},
    )
