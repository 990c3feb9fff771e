"""Eigenvalues at the ends of a spectrum, with their vectors, for one operator or several side by side.

Legend of shape suffixes: P size of the operator, M Krylov vectors, N wanted eigenpairs, L operators.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from benchmark.landscape.lanczos import Krylov, NotFiniteError, Process, Product, residual


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
        >>> from benchmark.landscape.eigenpairs import eigenpairs
        >>> matrix = torch.arange(1.0, 21.0).diag().double()
        >>> pairs = eigenpairs(lambda v: matrix @ v, torch.ones(20).double(), n_largest=2, n_smallest=1)
        >>> [[round(value, 2) for value in end.tolist()] for end in (pairs.largest, pairs.smallest)]
        [[20.0, 19.0], [1.0]]
        >>> pairs.converged.tolist()
        [True, True, True]
    """
    search = _search(start_P, n_largest, n_smallest, tolerance, max_steps, allowed)
    (found,) = side_by_side(lambda vectors_LP: product(vectors_LP[0]).unsqueeze(0), [search])
    if isinstance(found, NotFiniteError):
        raise found
    return found


def eigenpairs_of_many(
    products: Product,
    start_P: Tensor,
    n_operators: int,
    *,
    n_largest: int,
    n_smallest: int = 0,
    tolerance: float = 1e-2,
    max_steps: int = 100,
    allowed: Tensor | None = None,
) -> list[Eigenpairs | NotFiniteError]:
    """Return what `eigenpairs` finds, with the same options, for each of several operators.

    Their products are made together by `products`, (v_1, ..., v_L) -> (H_1 v_1, ..., H_L v_L) with shapes (L, P) and
    every H symmetric. All begin with the same vector.

    Raises:
        ValueError: as `eigenpairs`. Where a product is not finite, that operator's error stands in its place.
    """
    searches = [
        _search(start_P, n_largest, n_smallest, tolerance, max_steps, allowed) for _ in range(n_operators)
    ]
    return side_by_side(products, searches)


Search = Generator[Tensor, Tensor, Eigenpairs]  # asks for the image of a vector, and in the end knows


def side_by_side(products: Product, searches: Sequence[Search]) -> list[Eigenpairs | NotFiniteError]:
    """Let searches in several operators share the calls of their products; those that have ended ask for that of 0."""
    results: dict[int, Eigenpairs | NotFiniteError] = {}
    wanted = {place: next(search) for place, search in enumerate(searches)}
    zero_P = torch.zeros_like(wanted[0])
    while wanted:
        images_LP = products(torch.stack([wanted.get(place, zero_P) for place in range(len(searches))]))
        for place in list(wanted):
            try:
                wanted[place] = searches[place].send(images_LP[place])
            except (StopIteration, NotFiniteError) as end:
                results[place] = end.value if isinstance(end, StopIteration) else end
                del wanted[place]
    return [results[place] for place in range(len(searches))]


def _search(
    start_P: Tensor, n_largest: int, n_smallest: int, tolerance: float, max_steps: int, allowed: Tensor | None
) -> Search:
    n_dimensions = start_P.numel() if allowed is None else int(allowed.sum())
    _check(n_largest, n_smallest, min(max_steps, n_dimensions), max_steps)
    n_least = min(n_largest + n_smallest + 2, n_dimensions)
    known = None  # the wanted values when a space was last exhausted
    process = Process(start_P, max_steps, allowed=allowed)
    while not process.has_ended:
        krylov = process.take((yield process.vector_P))
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
    wanted = _wanted(krylov, n_largest, n_smallest)
    vectors_NP = torch.stack([krylov.vector(index) for index in wanted])
    residuals = []
    for value, vector_P in zip(krylov.ritz[0][wanted].tolist(), vectors_NP, strict=True):
        residuals.append(residual((yield vector_P), vector_P, value, allowed))
    return _pairs(krylov, wanted, vectors_NP, residuals, n_largest=n_largest, tolerance=tolerance)


def _pairs(
    krylov: Krylov,
    wanted: list[int],
    vectors_NP: Tensor,
    residuals: list[float],
    *,
    n_largest: int,
    tolerance: float,
) -> Eigenpairs:
    values_N, residuals_N = krylov.ritz[0][wanted], torch.tensor(residuals, dtype=torch.float64)
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
