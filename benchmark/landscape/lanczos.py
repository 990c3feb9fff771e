"""The Lanczos process: a basis in which a symmetric operator, known by its products alone, is tridiagonal.

Legend of shape suffixes: P size of the operator, M Krylov vectors.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from benchmark.landscape.directions import gaussian

Product = Callable[[Tensor], Tensor]


class NotFiniteError(ValueError):
    """The operator gave a product that is not finite."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Krylov:
    """What M products tell of a symmetric operator H: T = Q H Q', tridiagonal.

    Attributes:
        basis: orthonormal rows Q, shape (M, P).
        alphas: diagonal of T.
        betas: what is beside it, M - 1 numbers; 0 where an invariant space was closed.
        beta: norm of the part of the last product that lies outside the basis.
        exhausted: whether that part is nothing but rounding: the basis spans an invariant space.
        n_closed: basis vectors in the invariant spaces that were closed before the last one was begun.
    """

    basis: Tensor
    alphas: tuple[float, ...]
    betas: tuple[float, ...]
    beta: float
    exhausted: bool
    n_closed: int

    @cached_property
    def ritz(self) -> tuple[Tensor, Tensor]:
        """Eigenvalues of T in ascending order, shape (M,), and its eigenvectors by column, float64."""
        off = torch.tensor(self.betas, dtype=torch.float64)
        diagonal = torch.diag(torch.tensor(self.alphas, dtype=torch.float64))
        values_M, vectors_MM = torch.linalg.eigh(diagonal + torch.diag(off, 1) + torch.diag(off, -1))
        return values_M, vectors_MM

    @property
    def scale(self) -> float:
        """Largest modulus of an eigenvalue of T."""
        return float(self.ritz[0].abs().max())

    @property
    def bounds(self) -> Tensor:
        """Residuals ||H v - theta v|| of all Ritz pairs up to rounding, beta |s_Mi|, shape (M,)."""
        return self.beta * self.ritz[1][-1].abs()

    def vector(self, index: int) -> Tensor:
        """Return the unit Ritz vector of the value with this index, shape (P,)."""
        weights_M = self.ritz[1][:, index].to(self.basis)
        return _unit(self.basis.T @ weights_M)


def lanczos(
    product: Product, start_P: Tensor, n_steps: int, *, allowed: Tensor | None = None
) -> Iterator[Krylov]:
    """Yield what is known after every product, for at most `n_steps` of them and never more than dimensions.

    Every new vector is orthogonalized against all before it, twice: without, rounding brings converged directions
    back, and their eigenvalues appear again as ghosts. Once an invariant space is exhausted, the process goes on in its
    complement, from a random vector with a fixed seed.

    Args:
        product: v -> H v, with H symmetric.
        start_P: start vector of shape (P,), not zero; random, so that no eigenvector is missed.
        n_steps: largest dimension of the Krylov space. Memory: `n_steps` vectors.
        allowed: boolean (P,) mask; where given, the operator is restricted to these coordinates.

    Raises:
        ValueError: when `n_steps` < 1 or the start vector is zero.
        NotFiniteError: when a product is not finite.

    Source: Paige 1972; Parlett 1980, chapter 13.

    Example:
        >>> import torch
        >>> from benchmark.landscape.lanczos import lanczos
        >>> matrix = torch.tensor([1.0, 2.0, 5.0]).diag().double()
        >>> for krylov in lanczos(lambda v: matrix @ v, torch.ones(3).double(), 3):
        ...     print([round(value, 2) for value in krylov.ritz[0].tolist()], krylov.exhausted)
        [2.67] False
        [1.36, 4.87] False
        [1.0, 2.0, 5.0] True
    """
    process = Process(start_P, n_steps, allowed=allowed)
    while not process.has_ended:
        yield process.take(product(process.vector_P))


class Process:
    """The same, step by step, for who makes the products of several processes at once.

    Attributes:
        vector_P: what the next product is wanted of, shape (P,).
        has_ended: whether there is none.
    """

    def __init__(self, start_P: Tensor, n_steps: int, *, allowed: Tensor | None = None) -> None:
        """Begin; see `lanczos`."""
        if n_steps < 1:
            raise ValueError(f"n_steps is {n_steps}; Lanczos takes at least one step")
        self._allowed = allowed
        self.vector_P, self.has_ended = _unit(self._restricted(start_P)), False
        n_most = min(n_steps, start_P.numel() if allowed is None else int(allowed.sum()))
        self._basis_MP = start_P.new_empty(n_most, start_P.numel())
        self._alphas: list[float] = []
        self._betas: list[float] = []
        self._n_closed = 0

    def take(self, image_P: Tensor) -> Krylov:
        """Take the product with `vector_P`, and return what is known now."""
        n_done = len(self._alphas)
        self._basis_MP[n_done] = self.vector_P
        Q_MP, image_P = self._basis_MP[: n_done + 1], self._restricted(image_P)
        self._alphas.append(_finite(float(image_P.double() @ self.vector_P.double())))
        rest_P = _outside(image_P, Q_MP)
        beta = float(torch.linalg.vector_norm(rest_P))
        exhausted = beta <= 1e-6 * max(map(abs, [*self._alphas, *self._betas]))
        krylov = Krylov(
            basis=Q_MP,
            alphas=tuple(self._alphas),
            betas=tuple(self._betas),
            beta=beta,
            exhausted=exhausted,
            n_closed=self._n_closed,
        )
        self.has_ended = len(Q_MP) == len(self._basis_MP)
        if not self.has_ended:
            if exhausted:
                fresh_P = gaussian(image_P, torch.Generator().manual_seed(n_done))
                rest_P, beta, self._n_closed = _outside(self._restricted(fresh_P), Q_MP), 0.0, n_done + 1
            self._betas.append(beta)
            self.vector_P = rest_P / torch.linalg.vector_norm(rest_P)
        return krylov

    def _restricted(self, vector_P: Tensor) -> Tensor:
        return vector_P if self._allowed is None else vector_P * self._allowed


def _unit(vector_P: Tensor) -> Tensor:
    norm = torch.linalg.vector_norm(vector_P)
    if not float(norm) > 0:
        raise ValueError("the start vector is zero or not finite; give a random one")
    unit_P: Tensor = vector_P / norm
    return unit_P


def _outside(vector_P: Tensor, basis_MP: Tensor) -> Tensor:
    for _ in range(2):  # once leaves an overlap of the order of rounding times condition; twice removes it
        vector_P = vector_P - basis_MP.T @ (basis_MP @ vector_P)
    return vector_P


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise NotFiniteError(
            "the operator gave a product that is not finite; the weights or the loss are not finite"
        )
    return number


def residual(image_P: Tensor, vector_P: Tensor, value: float, allowed: Tensor | None) -> float:
    """Return ||H v - theta v|| from H v, v and theta, on the allowed coordinates."""
    image_P = image_P if allowed is None else image_P * allowed
    return float(torch.linalg.vector_norm(image_P - value * vector_P))
