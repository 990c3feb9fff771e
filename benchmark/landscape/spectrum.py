"""Eigenpairs and trace of a symmetric operator that is known only by its products with vectors.

Legend of shape suffixes: P size of the operator, M Krylov vectors, N wanted eigenpairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from benchmark.landscape.lanczos import Product, lanczos, residual


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """Largest and smallest algebraic eigenvalue with what is known of their accuracy.

    Attributes:
        largest, smallest: Ritz values; the largest is a lower bound of the true one, the smallest an upper bound.
        largest_residual, smallest_residual: ||H v - theta v|| for the Ritz pair with ||v|| = 1, computed with one
            extra product each: an eigenvalue lies within this distance of theta (symmetric operators).
        largest_vector: the Ritz vector of the largest value, shape (P,).
        n_products: operator products used, the two for the residuals included.
    """

    largest: float
    smallest: float
    largest_residual: float
    smallest_residual: float
    largest_vector: Tensor
    n_products: int


@dataclass(frozen=True, kw_only=True)
class Trace:
    """Estimate of a trace with its standard error."""

    value: float
    standard_error: float
    n_probes: int


def extremes(
    product: Product,
    start_P: Tensor,
    *,
    n_steps: int = 30,
    tolerance: float = 1e-3,
    allowed: Tensor | None = None,
) -> Extremes:
    """Estimate both ends of the spectrum by Lanczos with full reorthogonalization.

    Stops after `n_steps` products, or when beta |s| <= tolerance max(|theta|, |other theta|) for both ends (the
    classical residual estimate), or when the Krylov space is exhausted and the values are exact.

    Args:
        product: v -> H v, with H symmetric.
        start_P: start vector of shape (P,), not zero; random, so that no eigenvector is missed.
        n_steps: largest dimension of the Krylov space.
        tolerance: relative residual at which to stop.
        allowed: boolean (P,) mask; where given, the operator is restricted to these coordinates.

    Raises:
        ValueError: when `n_steps` < 1, the start vector is zero, or a product is not finite.

    Source: Paige 1972 (Lanczos), Parlett 1980, chapter 13 (residual bound).

    Example:
        >>> import torch
        >>> from benchmark.landscape.spectrum import extremes
        >>> matrix = torch.tensor([-1.0, 2.0, 5.0]).diag().double()
        >>> ends = extremes(lambda v: matrix @ v, torch.ones(3).double())
        >>> round(ends.smallest, 6), round(ends.largest, 6), ends.n_products
        (-1.0, 5.0, 5)
    """
    for krylov in lanczos(product, start_P, n_steps, allowed=allowed):
        settled = float(krylov.bounds[[0, -1]].max()) <= tolerance * krylov.scale
        if krylov.exhausted or (len(krylov.alphas) > 2 and settled):
            break
    top_P, bottom_P = krylov.vector(-1), krylov.vector(0)
    largest, smallest = float(krylov.ritz[0][-1]), float(krylov.ritz[0][0])
    return Extremes(
        largest=largest,
        smallest=smallest,
        largest_residual=residual(product(top_P), top_P, largest, allowed),
        smallest_residual=residual(product(bottom_P), bottom_P, smallest, allowed),
        largest_vector=top_P,
        n_products=len(krylov.alphas) + 2,
    )


def trace(
    product: Product,
    like_P: Tensor,
    *,
    n_probes: int,
    generator: torch.Generator,
    together: int | None = None,
) -> Trace:
    """Estimate tr(H) as the mean of z' H z over Rademacher probes z (Hutchinson 1990).

    Unbiased; exact with a single probe when H is diagonal. The number of probes is fixed beforehand, since a
    stop on the drift of the running mean biases the error. The standard error is NaN for one probe.

    Args:
        product: v -> H v, with H symmetric; with `together`, of as many vectors at once, shape (together, P).
        like_P: a vector of the operator's size, type and device.
        n_probes: number of probes.
        generator: of the probes.
        together: how many probes `product` takes at once.

    Example:
        >>> import torch
        >>> from benchmark.landscape.spectrum import trace
        >>> matrix = torch.tensor([1.0, 2.0, 5.0]).diag().double()
        >>> trace(lambda v: matrix @ v, matrix[0], n_probes=2, generator=torch.Generator().manual_seed(0))
        Trace(value=8.0, standard_error=0.0, n_probes=2)
    """
    probes = (_signs(like_P, generator) for _ in range(n_probes))
    samples: list[float] = []
    while some := list(islice(probes, together or 1)):
        missing = [torch.zeros_like(like_P)] * ((together or 1) - len(some))
        images = product(torch.stack([*some, *missing])) if together else [product(some[0])]
        samples += [
            float(z_P.double() @ image_P.double()) for z_P, image_P in zip(some, images, strict=False)
        ]
    values = torch.tensor(samples, dtype=torch.float64)
    error = float(values.std() / math.sqrt(n_probes)) if n_probes > 1 else math.nan
    return Trace(value=float(values.mean()), standard_error=error, n_probes=n_probes)


def _signs(like_P: Tensor, generator: torch.Generator) -> Tensor:
    signs = torch.randint(0, 2, like_P.shape, generator=generator, device=generator.device)
    return (2 * signs - 1).to(like_P)
