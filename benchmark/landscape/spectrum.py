"""Eigenpairs and trace of a symmetric operator that is known only by its products with vectors.

Legend of shape suffixes: P size of the operator, M Krylov vectors, N wanted eigenpairs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.landscape.lanczos import Krylov, Product, lanczos


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


@dataclass(frozen=True, kw_only=True, eq=False)
class Eigenpairs:
    """Eigenpairs from both ends of a spectrum with what is known of their accuracy.

    Attributes:
        largest: the largest algebraic eigenvalues in descending order, shape (n_largest,), float64.
        smallest: the smallest ones in ascending order, shape (n_smallest,), float64.
        vectors: unit eigenvectors by row, those of `largest` first, shape (N, P).
        residuals: ||H v - theta v||, computed with one extra product each, shape (N,): an eigenvalue lies within this
            distance.
        converged: whether the residual is within the tolerance that was asked for, shape (N,).
        n_products: operator products used, those for the residuals included.
    """

    largest: Tensor
    smallest: Tensor
    vectors: Tensor
    residuals: Tensor
    converged: Tensor
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
        largest_residual=_residual(product, top_P, largest, allowed),
        smallest_residual=_residual(product, bottom_P, smallest, allowed),
        largest_vector=top_P,
        n_products=len(krylov.alphas) + 2,
    )


def eigenpairs(
    product: Product,
    start_P: Tensor,
    *,
    n_largest: int,
    n_smallest: int = 0,
    tolerance: float = 1e-2,
    max_steps: int = 100,
    allowed: Tensor | None = None,
) -> Eigenpairs:
    """Return the largest and smallest algebraic eigenvalues with their vectors, by Lanczos.

    Stops after `max_steps` products, or when the residual estimate beta |s_Mi| of every wanted pair is at most
    tolerance max(|theta_i|, largest |theta| / 10), and never before there are two steps more than wanted pairs: with
    fewer, a Krylov space that happens to be small would pass for the spectrum. The error of an eigenvalue that stands
    apart is about the squared residual over the distance to the next one: a tolerance of 1e-2 leaves 1e-3 and less.
    At an end where eigenvalues lie close together, as near 0 in a trained network, the first Ritz value to pass may be
    one of them and not the outermost: take 1e-3 there.

    A Krylov space holds one vector of the eigenspace of a multiple eigenvalue, so that this counts once. Only where the
    space is exhausted before the search ends does the search go on in its complement, until another exhausted space
    changes none of the wanted values; then all copies are found. No eigenvalue counts too often: see `lanczos`.

    Args:
        product: v -> H v, with H symmetric.
        start_P: start vector of shape (P,), not zero; random, so that no eigenvector is missed.
        n_largest: number of the largest eigenvalues.
        n_smallest: number of the smallest ones.
        tolerance: relative residual at which to stop.
        max_steps: largest dimension of the Krylov space. Memory: as many vectors.
        allowed: boolean (P,) mask; where given, the operator is restricted to these coordinates.

    Raises:
        ValueError: when no pair is wanted, or more than there are steps or dimensions; or the start vector is zero.
        NotFiniteError: when a product is not finite.

    Source: Paige 1972 (Lanczos); Parlett 1980, chapter 13 (residual estimate).

    Example:
        >>> import torch
        >>> from benchmark.landscape.spectrum import eigenpairs
        >>> matrix = torch.arange(1.0, 21.0).diag().double()
        >>> pairs = eigenpairs(lambda v: matrix @ v, torch.ones(20).double(), n_largest=2, n_smallest=1)
        >>> [[round(value, 2) for value in end.tolist()] for end in (pairs.largest, pairs.smallest)]
        [[20.0, 19.0], [1.0]]
        >>> pairs.converged.tolist()
        [True, True, True]
    """
    n_dimensions = start_P.numel() if allowed is None else int(allowed.sum())
    _check(n_largest, n_smallest, min(max_steps, n_dimensions), max_steps)
    n_least = min(n_largest + n_smallest + 2, n_dimensions)
    known = None  # the wanted values when a space was last exhausted
    for krylov in lanczos(product, start_P, max_steps, allowed=allowed):
        if len(krylov.alphas) < n_least:
            continue
        wanted = _wanted(krylov, n_largest, n_smallest)
        values_N = krylov.ritz[0][wanted]
        if krylov.exhausted:
            if known is not None and float((values_N - known).abs().max()) <= 1e-6 * krylov.scale:
                break
            known = values_N
        elif krylov.n_closed == 0 and bool(
            (krylov.bounds[wanted] <= _allowance(values_N, krylov.scale, tolerance)).all()
        ):
            break
    return _pairs(
        product,
        krylov,
        _wanted(krylov, n_largest, n_smallest),
        n_largest=n_largest,
        tolerance=tolerance,
        allowed=allowed,
    )


def trace(product: Product, like_P: Tensor, *, n_probes: int, generator: torch.Generator) -> Trace:
    """Estimate tr(H) as the mean of z' H z over Rademacher probes z (Hutchinson 1990).

    Unbiased; exact with a single probe when H is diagonal. The number of probes is fixed beforehand, since a
    stop on the drift of the running mean biases the error. The standard error is NaN for one probe.

    Example:
        >>> import torch
        >>> from benchmark.landscape.spectrum import trace
        >>> matrix = torch.tensor([1.0, 2.0, 5.0]).diag().double()
        >>> trace(lambda v: matrix @ v, matrix[0], n_probes=2, generator=torch.Generator().manual_seed(0))
        Trace(value=8.0, standard_error=0.0, n_probes=2)
    """
    samples = []
    for _ in range(n_probes):
        signs = torch.randint(0, 2, like_P.shape, generator=generator, device=generator.device)
        probe_P = (2 * signs - 1).to(like_P)
        samples.append(float(probe_P.double() @ product(probe_P).double()))
    values = torch.tensor(samples, dtype=torch.float64)
    error = float(values.std() / math.sqrt(n_probes)) if n_probes > 1 else math.nan
    return Trace(value=float(values.mean()), standard_error=error, n_probes=n_probes)


def _residual(product: Product, vector_P: Tensor, value: float, allowed: Tensor | None) -> float:
    image_P = product(vector_P) if allowed is None else product(vector_P) * allowed
    return float(torch.linalg.vector_norm(image_P - value * vector_P))


def _pairs(
    product: Product,
    krylov: Krylov,
    wanted: list[int],
    *,
    n_largest: int,
    tolerance: float,
    allowed: Tensor | None,
) -> Eigenpairs:
    values_N = krylov.ritz[0][wanted]
    vectors_NP = torch.stack([krylov.vector(index) for index in wanted])
    pairs = zip(values_N.tolist(), vectors_NP, strict=True)
    residuals = [_residual(product, vector_P, value, allowed) for value, vector_P in pairs]
    residuals_N = torch.tensor(residuals, dtype=torch.float64)
    rounding = (
        max(1e-6, 10 * torch.finfo(vectors_NP.dtype).eps) * krylov.scale
    )  # 1e-6 as for an exhausted space
    return Eigenpairs(
        largest=values_N[:n_largest],
        smallest=values_N[n_largest:],
        vectors=vectors_NP,
        residuals=residuals_N,
        converged=residuals_N <= _allowance(values_N, krylov.scale, tolerance) + rounding,
        n_products=len(krylov.alphas) + len(wanted),
    )


def _wanted(krylov: Krylov, n_largest: int, n_smallest: int) -> list[int]:
    n_steps = len(krylov.alphas)
    return [*range(n_steps - 1, n_steps - 1 - n_largest, -1), *range(n_smallest)]


def _allowance(values: Tensor, scale: float, tolerance: float) -> Tensor:
    return tolerance * values.abs().clamp(min=scale / 10)


def _check(n_largest: int, n_smallest: int, most: int, max_steps: int) -> None:
    if min(n_largest, n_smallest) < 0 or n_largest + n_smallest < 1:
        raise ValueError(
            f"n_largest is {n_largest} and n_smallest {n_smallest}; ask for at least one eigenvalue"
        )
    if n_largest + n_smallest > most:
        raise ValueError(
            f"n_largest + n_smallest is {n_largest + n_smallest}, more than the operator's dimensions or "
            f"max_steps={max_steps}; at most {most} eigenvalues can be found"
        )
