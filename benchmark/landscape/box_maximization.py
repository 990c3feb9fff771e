"""The largest loss inside a box around the trained weights, in the full space or in a random subspace.

Legend of shape suffixes: P weights, Q coordinates of the box (P of them, or the dimension of a subspace).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import torch
from scipy.optimize import Bounds, minimize
from torch import Tensor

from benchmark.landscape.loss import Landscape

Vector = np.ndarray[tuple[int], np.dtype[np.float64]]
Slope = Callable[[Vector], tuple[float, Vector]]  # the loss at a point, and its gradient
Search = Callable[[Slope, Vector, Vector, int], Vector]
Method = Literal["l_bfgs_b", "conditional_gradient"]


def largest_increase_in_box(
    landscape: Landscape,
    *,
    epsilon: float,
    n_iterations: int,
    generator: torch.Generator,
    method: Method = "l_bfgs_b",
    basis_PQ: Tensor | None = None,
) -> float:
    """Return max_z L(x + A z) - L(x) over the box |z_i| <= epsilon (|(A'x)_i| + 1); a lower bound, never negative.

    NaN where a loss was met that is no number.

    The better end of two searches: from the centre, where the gradient may vanish, and from a uniformly random point of
    the box.

    Args:
        landscape: L, centred at x.
        epsilon: half-width of the box at a zero weight.
        n_iterations: iterations of either search.
        generator: for the random point.
        method: `l_bfgs_b` or `conditional_gradient`, below.
        basis_PQ: A, with orthonormal columns, shape (P, Q); None for the full space.

    Raises:
        ValueError: for an unknown method.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.box_maximization import largest_increase_in_box
        >>> from benchmark.landscape.trained import Trained
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> _ = torch.nn.init.zeros_(net.weight)
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L = w_1^2 + 4 w_2^2
        >>> found = largest_increase_in_box(
        ...     trained.landscape(), epsilon=0.5, n_iterations=10, generator=torch.Generator().manual_seed(0)
        ... )
        >>> round(found, 6)  # at the corners, |w_1| = |w_2| = 0.5
        1.25
    """
    if method not in searches:
        raise ValueError(f"method is {method!r}; choose {' or '.join(map(repr, searches))}")
    theta_P = landscape.theta
    met: list[float] = []

    def point(z_Q: Vector) -> Tensor:
        shift = torch.from_numpy(z_Q).to(theta_P)
        return theta_P + (shift if basis_PQ is None else torch.mv(basis_PQ, shift))

    def slope(z_Q: Vector) -> tuple[float, Vector]:
        loss, gradient_P = landscape.loss_and_gradient(point(z_Q))
        met.append(loss)
        return loss, _coordinates(gradient_P, basis_PQ)

    width_Q: Vector = epsilon * (np.abs(_coordinates(theta_P, basis_PQ)) + 1)
    starts = (0 * width_Q, width_Q * _uniform(len(width_Q), generator))
    ends = [searches[method](slope, start_Q, width_Q, n_iterations) for start_Q in starts]
    highest = max(landscape.loss(point(end_Q)) for end_Q in ends)
    return np.nan if np.isnan(met).any() else max(0.0, highest - landscape.loss(theta_P))


def l_bfgs_b(slope: Slope, start_Q: Vector, width_Q: Vector, n_iterations: int) -> Vector:
    """Return where SciPy's L-BFGS-B ends. Tolerances are 0: its own would stop near a minimum, as converged.

    Its line search and its choice of active bounds branch on comparisons, in a subspace often of nearly equal numbers,
    so that a rounding in the gradient can lead elsewhere.
    """

    def descent(z_Q: Vector) -> tuple[float, Vector]:
        loss, gradient_Q = slope(z_Q)
        return -loss, -gradient_Q

    end: Vector = minimize(
        descent,
        start_Q,
        jac=True,
        method="L-BFGS-B",
        bounds=Bounds(-width_Q, width_Q),
        options={"maxiter": n_iterations, "gtol": 0.0, "ftol": 0.0},
    ).x
    return end


def conditional_gradient(slope: Slope, start_Q: Vector, width_Q: Vector, n_iterations: int) -> Vector:
    """Return the highest point met when every step goes to the corner where the loss, linearized, is largest.

    z <- width sign(gradient), coordinate by coordinate; where the gradient is 0, z stays. The loss never falls from
    corner to corner where it is convex along the step; the walk ends where a step would stay. Signs alone decide the
    corner, so that a rounding matters only in a coordinate whose slope is itself no more than rounding.

    Source: Frank and Wolfe 1956, with steps of length 1; Journee et al. 2010, section 3 (a convex function's maximum).
    """
    z_Q, highest, best_Q = start_Q, -np.inf, start_Q
    for _ in range(n_iterations + 1):
        loss, gradient_Q = slope(z_Q)
        if loss > highest:
            highest, best_Q = loss, z_Q
        corner_Q: Vector = np.where(gradient_Q == 0, z_Q, width_Q * np.sign(gradient_Q))
        if np.array_equal(corner_Q, z_Q):
            break
        z_Q = corner_Q
    return best_Q


searches: Mapping[str, Search] = {"l_bfgs_b": l_bfgs_b, "conditional_gradient": conditional_gradient}


def random_subspace(like_P: Tensor, n_dimensions: int, generator: torch.Generator) -> Tensor:
    """Return an orthonormal basis, shape (P, n_dimensions), of a uniformly random subspace (QR of a Gaussian).

    Example:
        >>> import torch
        >>> from benchmark.landscape.box_maximization import random_subspace
        >>> basis = random_subspace(torch.zeros(5).double(), 2, torch.Generator().manual_seed(0))
        >>> tuple(basis.shape), torch.allclose(basis.T @ basis, torch.eye(2).double())
        ((5, 2), True)
    """
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
