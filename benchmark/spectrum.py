"""Extreme eigenvalues and trace of a symmetric operator that is known only by its products with vectors.

Legend of shape suffixes: P size of the operator, M Krylov vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]


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
    """Estimate both ends of the spectrum by Lanczos with full reorthogonalization, done twice.

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
    """
    restrict: Product = (lambda v: v) if allowed is None else (lambda v: v * allowed)
    if n_steps < 1:
        raise ValueError(f"n_steps is {n_steps}; Lanczos takes at least one step")
    start_P = _unit(restrict(start_P))
    size = min(n_steps, start_P.numel() if allowed is None else int(allowed.sum()))
    basis_MP = start_P.new_empty(size, start_P.numel())
    basis_MP[0] = start_P
    alphas: list[float] = []
    betas: list[float] = []
    for step in range(size):
        vector = restrict(product(basis_MP[step]))
        alphas.append(float(vector.double() @ basis_MP[step].double()))
        if not math.isfinite(alphas[-1]):
            raise ValueError(
                "the operator gave a product that is not finite; the weights or the loss are not finite"
            )
        Q_MP = basis_MP[: step + 1]
        for _ in range(
            2
        ):  # once leaves an overlap of the order of rounding times condition; twice removes it
            vector = vector - Q_MP.T @ (Q_MP @ vector)
        betas.append(float(torch.linalg.vector_norm(vector)))
        values, vectors = torch.linalg.eigh(_tridiagonal(alphas, betas[:-1]))
        scale = float(values.abs().max())
        settled = betas[-1] <= 1e-6 * scale or (step > 1 and _settled(betas[-1], vectors, scale, tolerance))
        if settled or step + 1 == size:
            break
        basis_MP[step + 1] = vector / betas[-1]
    top_P, bottom_P = (_unit(Q_MP.T @ vectors[:, i].to(Q_MP)) for i in (-1, 0))
    largest, smallest = float(values[-1]), float(values[0])
    residuals = [
        float(torch.linalg.vector_norm(restrict(product(vector)) - value * vector))
        for value, vector in ((largest, top_P), (smallest, bottom_P))
    ]
    return Extremes(
        largest=largest,
        smallest=smallest,
        largest_residual=residuals[0],
        smallest_residual=residuals[1],
        largest_vector=top_P,
        n_products=len(alphas) + 2,
    )


def trace(product: Product, like_P: Tensor, *, n_probes: int, generator: torch.Generator) -> Trace:
    """Estimate tr(H) as the mean of z' H z over Rademacher probes z (Hutchinson 1990).

    Unbiased; exact with a single probe when H is diagonal. The number of probes is fixed beforehand, since a
    stop on the drift of the running mean biases the error. The standard error is NaN for one probe.
    """
    samples = []
    for _ in range(n_probes):
        signs = torch.randint(0, 2, like_P.shape, generator=generator, device=generator.device)
        probe_P = (2 * signs - 1).to(like_P)
        samples.append(float(probe_P.double() @ product(probe_P).double()))
    values = torch.tensor(samples, dtype=torch.float64)
    error = float(values.std() / math.sqrt(n_probes)) if n_probes > 1 else math.nan
    return Trace(value=float(values.mean()), standard_error=error, n_probes=n_probes)


def _unit(vector_P: Tensor) -> Tensor:
    norm = torch.linalg.vector_norm(vector_P)
    if not float(norm) > 0:
        raise ValueError("the start vector is zero or not finite; give a random one")
    unit_P: Tensor = vector_P / norm
    return unit_P


def _tridiagonal(alphas: list[float], betas: list[float]) -> Tensor:
    off = torch.tensor(betas, dtype=torch.float64)
    return torch.diag(torch.tensor(alphas, dtype=torch.float64)) + torch.diag(off, 1) + torch.diag(off, -1)


def _settled(beta: float, vectors: Tensor, scale: float, tolerance: float) -> bool:
    return bool((beta * vectors[-1, [0, -1]].abs()).max() <= tolerance * scale)
