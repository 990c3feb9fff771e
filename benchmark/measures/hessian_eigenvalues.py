"""The largest and smallest eigenvalues of the Hessian."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.loss import Matrix
    from benchmark.landscape.trained import Trained


@measure(
    unit="nats",
    source="Lanczos 1950; Sagun et al. 2017 and Yao et al. 2020 for networks",
    quantities=("largest", "largest_residual", "smallest", "smallest_residual", "n_products"),
)
def hessian_eigenvalues(
    trained: Trained,
    *,
    n_largest: int = 5,
    n_smallest: int = 1,
    matrix: Matrix = "hessian",
    tolerance: float = 1e-3,
    max_steps: int = 100,
    n_examples: int | None = None,
) -> Result:
    """Largest and smallest algebraic eigenvalues of the Hessian of L over all trainable parameters.

    Quantities, all but the last indexed by rank, which counts from 1 at the end of the spectrum:
        largest: the largest eigenvalues, in descending order.
        largest_residual: ||H v - lambda v|| of each, ||v|| = 1; some eigenvalue lies this close.
        smallest: the smallest ones (the most negative), in ascending order.
        smallest_residual: as above.
        n_products: matrix-vector products used.
    An estimate by Lanczos with full reorthogonalization from a random start, see `eigenpairs.eigenpairs`: a multiple
    eigenvalue may count once, none counts too often. What has not converged is reported as it is, with a note. Values
    are bounds from inside the spectrum: with a small residual, `smallest` may still be one of the many eigenvalues near
    0 of a trained network, the more so the larger `tolerance`. Batch-norm statistics are frozen, ReLU kinks ignored.
    Under cross-entropy the Hessian shrinks with the loss: compare at matched training loss only. Not invariant under
    rescaling of layers. Costs about 2 gradients per product; on small networks 20 to 40 products for the largest, and
    up to 60 more for the smallest.

    Args:
        trained: the network.
        n_largest: number of largest eigenvalues.
        n_smallest: number of smallest eigenvalues.
        matrix: "hessian", or "gauss_newton" for G = J' H_out J, which for cross-entropy is the Fisher information.
        tolerance: residual of each, relative to max(|lambda|, largest |lambda| / 10), at which to stop. The relative
            error is about its square where eigenvalues stand apart; for the largest alone 1e-2 is enough.
        max_steps: largest number of Lanczos steps.
        n_examples: use the first `n_examples` training examples (None: all).
    """
    from benchmark.landscape.directions import gaussian
    from benchmark.landscape.eigenpairs import eigenpairs

    landscape = trained.landscape(n_examples=n_examples)
    pairs = eigenpairs(
        landscape.product(matrix, landscape.theta),
        gaussian(landscape.theta, trained.rng("hessian_eigenvalues")),
        n_largest=n_largest,
        n_smallest=n_smallest,
        tolerance=tolerance,
        max_steps=max_steps,
    )
    names = [("largest", rank + 1) for rank in range(n_largest)]
    names += [("smallest", rank + 1) for rank in range(n_smallest)]
    values = [*pairs.largest.tolist(), *pairs.smallest.tolist()]
    readings = []
    for (end, rank), value, residual, converged in zip(
        names, values, pairs.residuals.tolist(), pairs.converged.tolist(), strict=True
    ):
        readings.append(Reading(quantity=end, value=value, index={"rank": rank}))
        readings.append(Reading(quantity=f"{end}_residual", value=residual, index={"rank": rank}))
        if not converged:
            trained.notes.append(
                f"the {end} eigenvalue of rank {rank} has not converged: {value:.3g}, residual {residual:.1g}"
            )
    readings.append(Reading(quantity="n_products", value=float(pairs.n_products), unit=""))
    return Result(readings=readings)
