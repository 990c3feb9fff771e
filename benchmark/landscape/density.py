"""The spectral density of a symmetric operator by stochastic Lanczos quadrature.

Legend of shape suffixes: P size of the operator, R probes, M nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.landscape.lanczos import Krylov, Product, lanczos


@dataclass(frozen=True, kw_only=True, eq=False)
class Density:
    """Where a spectrum lies: per probe, a sum of point masses whose weights add up to 1.

    Attributes:
        nodes: Ritz values in ascending order, shape (R, M), float64.
        weights: share of the spectrum that each stands for, shape (R, M).
        bounds: residual estimate of each: an eigenvalue lies within this distance of the node, shape (R, M).
    """

    nodes: Tensor
    weights: Tensor
    bounds: Tensor


def density(
    product: Product, like_P: Tensor, *, n_steps: int, n_probes: int, generator: torch.Generator
) -> Density:
    """Estimate the share of eigenvalues near every value, mu = (1/P) sum_i delta(lambda_i).

        integral f dmu = tr f(H) / P = E[z' f(H) z] / P ~ mean over probes of sum_m weight_m f(node_m)

    with z of random signs. Per probe this is the Gauss quadrature of the probe's own measure: exact for polynomials f
    up to degree 2 M - 1, so that the mean of the nodes is z' H z / P. Over probes it is unbiased for these f. Single
    nodes inside the spectrum are no eigenvalues; those at its ends are, up to their bounds. Where the Krylov space of
    a probe is exhausted early, its measure is exact and the remaining nodes repeat the last with weight 0.

    Args:
        product: v -> H v, with H symmetric.
        like_P: a vector of the operator's size, type and device.
        n_steps: nodes per probe; at most P. Costs as many products per probe.
        n_probes: number of probes.
        generator: of the random signs.

    Raises:
        ValueError: for no steps or no probes.
        NotFiniteError: when a product is not finite.

    Source: Golub and Welsch 1969 (nodes and weights); Ubaru, Chen and Saad 2017 (random probes);
        Ghorbani, Krishnan and Xiao 2019 (for networks).

    Example:
        >>> import torch
        >>> from benchmark.landscape.density import density
        >>> matrix = torch.tensor([1.0, 1.0, 1.0, 5.0]).diag().double()
        >>> found = density(
        ...     lambda v: matrix @ v, matrix[0], n_steps=2, n_probes=1, generator=torch.Generator().manual_seed(0)
        ... )
        >>> [[round(x, 6) for x in row.tolist()] for row in (found.nodes[0], found.weights[0])]
        [[1.0, 5.0], [0.75, 0.25]]
    """
    if n_probes < 1:
        raise ValueError(f"n_probes is {n_probes}; give at least 1")
    rows = []
    for _ in range(n_probes):
        signs = torch.randint(0, 2, like_P.shape, generator=generator, device=generator.device)
        probe_P = (2 * signs - 1).to(like_P)
        for krylov in lanczos(product, probe_P, n_steps):
            if krylov.exhausted:
                break
        rows.append(_row(krylov, min(n_steps, like_P.numel())))
    nodes_RM, weights_RM, bounds_RM = (torch.stack(column) for column in zip(*rows, strict=True))
    return Density(nodes=nodes_RM, weights=weights_RM, bounds=bounds_RM)


def _row(krylov: Krylov, n_nodes: int) -> tuple[Tensor, Tensor, Tensor]:
    nodes_M, vectors_MM = krylov.ritz
    missing = n_nodes - len(nodes_M)
    none = nodes_M.new_zeros(missing)
    last = nodes_M[-1:].expand(missing)
    return (
        torch.cat([nodes_M, last]),
        torch.cat([vectors_MM[0].square(), none]),
        torch.cat([krylov.bounds, none]),
    )
