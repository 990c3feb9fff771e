"""The trace of the Hessian: the sum of all curvatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, measure

if TYPE_CHECKING:
    from benchmark.landscape.loss import Matrix
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="Hutchinson 1990; Yao et al. 2020 for networks", positive=True)
def hessian_trace(
    trained: Trained, *, n_probes: int = 50, matrix: Matrix = "hessian", n_examples: int | None = None
) -> Reading:
    """Trace of the Hessian of L over all trainable parameters, tr H = E[z' H z] with z of random signs.

    An estimate, unbiased, with the standard error over a fixed number of probes (exact for a diagonal Hessian).
    Positive near a minimum, but not everywhere. Batch-norm statistics are frozen; ReLU kinks are ignored. Compare at
    matched training loss only. Not invariant under rescaling of layers. Costs about 2 gradients per probe.

    Args:
        trained: the network.
        n_probes: number of Rademacher probes.
        matrix: "hessian", or "gauss_newton" for G = J' H_out J, which for cross-entropy is the Fisher information.
        n_examples: use the first `n_examples` training examples (None: all).

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.hessian_trace import hessian_trace
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> hessian_trace(n_probes=2).compute(trained).readings[0].value
        10.0
    """
    from benchmark.landscape.spectrum import trace

    landscape = trained.landscape(n_examples=n_examples)
    together = max(1, min(n_probes, landscape.n_together))
    products = landscape.products(matrix, landscape.theta.expand(together, -1))
    estimate = trace(
        products,
        landscape.theta,
        n_probes=n_probes,
        generator=trained.rng("hessian_trace"),
        together=together,
    )
    return Reading(value=estimate.value, standard_error=estimate.standard_error if n_probes > 1 else None)
