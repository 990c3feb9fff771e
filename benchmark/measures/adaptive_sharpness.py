"""Adaptive sharpness of Kwon et al. 2021 (ASAM): a ball whose axes follow the size of every weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from benchmark.measures.measure import measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="nats", source="Kwon et al. 2021, definition 2", positive=True)
def adaptive_sharpness(
    trained: Trained,
    *,
    method: Literal["one_step", "ascent"] = "ascent",
    rho: float = 0.5,
    eta: float = 0.01,
    n_steps: int = 20,
    n_examples: int | None = None,
) -> float:
    """Largest loss increase within an ellipsoid, max_{||T^-1 e||_2 <= rho} L(theta + e) - L(theta).

        T = diag(|theta| + eta), element by element, biases and batch-norm parameters included

    A lower bound, by the methods of `sam_sharpness` in the coordinates T^-1 e; one step is ASAM's own
    e = rho T^2 g / ||T g||. With eta = 0 invariant under every rescaling of weights that leaves the function alone;
    eta > 0 keeps zero weights movable and breaks this slightly. The defaults of rho and eta are those of the authors'
    published optimizer, where biases are not scaled (T = 1); the definition scales them, and so does this measure,
    because the invariance needs it. Rounding, batch norm and cost as for `sam_sharpness`.

    Args:
        trained: the network.
        method: "one_step" or "ascent".
        rho: radius in the coordinates T^-1 e.
        eta: added to every |weight|; >= 0.
        n_steps: steps of the ascent; unused by "one_step".
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for an unknown method, a negative eta, or when the gradient of "one_step" is zero.
    """
    from benchmark.landscape.ascent import largest_increase_in_ball

    if method not in ("one_step", "ascent"):
        raise ValueError(f"method is {method!r}; choose 'one_step' or 'ascent'")
    if eta < 0:
        raise ValueError(f"eta is {eta}; give eta >= 0")
    landscape = trained.landscape(n_examples=n_examples)
    return largest_increase_in_ball(
        landscape,
        rho=rho,
        n_steps=1 if method == "one_step" else n_steps,
        scale_P=landscape.theta.abs() + eta,
        generator=trained.rng("adaptive_sharpness"),
    )
