"""Steepest ascent of the loss inside a ball around the trained weights: what SAM, ASAM and m-sharpness share.

Legend of shape suffixes: P weights.
"""

from __future__ import annotations

import torch
from torch import Tensor

from benchmark.landscape.directions import gaussian
from benchmark.landscape.loss import Landscape


def largest_increase_in_ball(
    landscape: Landscape,
    *,
    rho: float,
    n_steps: int,
    generator: torch.Generator,
    scale_P: Tensor | float = 1.0,
) -> float:
    """Return the largest loss increase met on an ascent inside a ball (an ellipsoid for a given scale).

        max_k L(theta + T u_k) - L(theta),   u_0 = 0,   u_k = Pi(u_{k-1} + rho T g / ||T g||),
        g = gradient of L at theta + T u_{k-1},   Pi = projection on ||u||_2 <= rho,   T = diag(scale).

    A lower bound of the maximum over the ball. One step is the closed form of the linearized problem (SAM's, and
    ASAM's for T = diag(|theta| + eta)). Costs `n_steps` gradients and two passes for losses.

    Where the gradient vanishes at theta, the first step goes in a random direction instead.

    Args:
        landscape: L, centred at theta.
        rho: radius of the ball in u; > 0.
        n_steps: ascent steps; >= 1.
        generator: for the random direction.
        scale_P: T, shape (P,), or 1.

    Raises:
        ValueError: for a radius or a number of steps out of range, or when one step meets a zero gradient (0/0).

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.ascent import largest_increase_in_ball
        >>> from benchmark.landscape.trained import Trained
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> found = largest_increase_in_ball(
        ...     trained.landscape(), rho=0.5, n_steps=20, generator=torch.Generator().manual_seed(0)
        ... )
        >>> round(found, 6)  # 4 rho^2, along the steeper axis
        1.0
    """
    if not rho > 0 or n_steps < 1:
        raise ValueError(f"rho is {rho} and n_steps is {n_steps}; give rho > 0 and n_steps >= 1")
    theta_P = landscape.theta
    shift_P, highest = torch.zeros_like(theta_P), -torch.inf
    for step in range(n_steps):
        loss, gradient_P = landscape.loss_and_gradient(theta_P + scale_P * shift_P)
        highest = max(highest, loss if step else highest)
        slope_P = scale_P * gradient_P
        if not slope_P.any():
            if step:
                break
            slope_P = _anything_but_zero(theta_P, n_steps, generator)
        shift_P = _projected(shift_P + rho * slope_P / torch.linalg.vector_norm(slope_P), rho)
    highest = max(highest, landscape.loss(theta_P + scale_P * shift_P))
    return highest - landscape.loss(theta_P)


def _anything_but_zero(theta_P: Tensor, n_steps: int, generator: torch.Generator) -> Tensor:
    if n_steps == 1:
        raise ValueError(
            "the gradient is zero, so one step of ascent is 0/0; ask for n_steps > 1 (method='ascent')"
        )
    return gaussian(theta_P, generator)


def _projected(shift_P: Tensor, rho: float) -> Tensor:
    norm = float(torch.linalg.vector_norm(shift_P))
    return shift_P if norm <= rho else shift_P * (rho / norm)
