"""Sharpness of Foret et al. 2021: the largest loss increase inside a Euclidean ball."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchmark.measures.measure import measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="Foret et al. 2021, section 2", positive=True)
def sam_sharpness(
    trained: Trained,
    *,
    method: Literal["one_step", "ascent"] = "ascent",
    rho: float = 0.05,
    n_steps: int = 20,
    n_examples: int | None = None,
) -> float:
    """Largest loss increase within distance rho of the weights, max_{||e||_2 <= rho} L(theta + e) - L(theta).

    A lower bound, by one of two methods:
        one_step: e = rho g / ||g||, SAM's own (the maximum of the linearized loss);
        ascent: projected steepest ascent with steps of length rho that starts with this e; the best point counts.
    In float32 the difference is known to about 1e-8 nats and 1e-5 of itself. All trainable parameters move; batch-norm
    statistics are frozen. Not invariant under rescaling of layers. Costs 1 (ascent: `n_steps`) gradients and 2 passes.

    Args:
        trained: the network.
        method: "one_step" or "ascent".
        rho: radius of the ball.
        n_steps: steps of the ascent; unused by "one_step".
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for an unknown method, or when the gradient of "one_step" is zero.

    Example:
        >>> import torch
        >>> from benchmark.cells.data.task import squared_error
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.sam_sharpness import sam_sharpness
        >>> net, inputs = torch.nn.Linear(2, 1, bias=False).double(), torch.tensor([2.0, 4.0]).diag().double()
        >>> trained = Trained.of(net, inputs, net(inputs).detach(), loss=squared_error)  # L(w + d) = d_1^2 + 4 d_2^2
        >>> round(sam_sharpness(rho=0.5).compute(trained).readings[0].value, 6)  # 4 rho^2
        1.0
    """
    from benchmark.landscape.ascent import largest_increase_in_ball

    if method not in ("one_step", "ascent"):
        raise ValueError(f"method is {method!r}; choose 'one_step' or 'ascent'")
    return largest_increase_in_ball(
        trained.landscape(n_examples=n_examples),
        rho=rho,
        n_steps=1 if method == "one_step" else n_steps,
        generator=trained.rng("sam_sharpness"),
    )
