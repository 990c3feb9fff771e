"""The largest loss inside a box around the trained weights, in the full space or in a random subspace.

Legend of shape suffixes: P weights, Q coordinates of the box (P of them, or the dimension of a subspace).
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.optimize import Bounds, minimize
from torch import Tensor

from benchmark.landscape import Landscape

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]


def largest_increase(
    landscape: Landscape,
    *,
    epsilon: float,
    n_iterations: int,
    generator: torch.Generator,
    basis_PQ: Tensor | None = None,
) -> float:
    """Return max_z L(x + A z) - L(x) over the box |z_i| <= epsilon (|(A'x)_i| + 1); a lower bound, never negative.

    The better end of two runs of L-BFGS-B: from the centre, where the gradient may vanish, and from a uniformly random
    point of the box. Tolerances are 0, since SciPy's would stop at once near a minimum, as converged.

    Args:
        landscape: L, centred at x.
        epsilon: half-width of the box at a zero weight.
        n_iterations: iterations of either run.
        generator: for the random point.
        basis_PQ: A, with orthonormal columns, shape (P, Q); None for the full space.
    """
    theta_P = landscape.theta

    def point(z_Q: Vector) -> Tensor:
        shift = torch.from_numpy(z_Q).to(theta_P)
        return theta_P + (shift if basis_PQ is None else torch.mv(basis_PQ, shift))

    def descent(z_Q: Vector) -> tuple[float, Vector]:
        loss, gradient_P = landscape.loss_and_gradient(point(z_Q))
        return -loss, -_coordinates(gradient_P, basis_PQ)

    width_Q: Vector = epsilon * (np.abs(_coordinates(theta_P, basis_PQ)) + 1)
    ends = [
        minimize(
            descent,
            start_Q,
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(-width_Q, width_Q),
            options={"maxiter": n_iterations, "gtol": 0.0, "ftol": 0.0},
        )
        for start_Q in (0 * width_Q, width_Q * _uniform(len(width_Q), generator))
    ]
    best = min(ends, key=lambda end: float(end.fun))
    return max(0.0, landscape.loss(point(best.x)) - landscape.loss(theta_P))


def random_subspace(like_P: Tensor, n_dimensions: int, generator: torch.Generator) -> Tensor:
    """Return an orthonormal basis, shape (P, n_dimensions), of a uniformly random subspace (QR of a Gaussian)."""
    draw_PQ = torch.randn(
        like_P.numel(), n_dimensions, generator=generator, device=generator.device, dtype=torch.float64
    )
    basis_PQ: Tensor = torch.linalg.qr(draw_PQ.to(like_P)).Q
    return basis_PQ


def _coordinates(vector_P: Tensor, basis_PQ: Tensor | None) -> Vector:
    inside = vector_P if basis_PQ is None else torch.mv(basis_PQ.T, vector_P)
    return np.asarray(inside.double().cpu())


def _uniform(size: int, generator: torch.Generator) -> Vector:
    draw = torch.rand(size, generator=generator, device=generator.device, dtype=torch.float64)
    return np.asarray(2 * draw.cpu() - 1)
