"""Sharpness of Keskar et al. 2017: the largest loss inside a small box around the solution."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from benchmark.measures.measure import Reading, measure
from benchmark.measures.samples import averaged

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.landscape.trained import Trained


@measure(unit="percent", source="Keskar et al. 2017, metric 2.1", positive=True)
def keskar_sharpness(
    trained: Trained,
    *,
    space: Literal["full", "subspace"] = "full",
    method: Literal["l_bfgs_b", "conditional_gradient"] = "l_bfgs_b",
    epsilon: float = 1e-3,
    n_iterations: int = 10,
    n_draws: int = 5,
    p: int = 100,
    n_examples: int | None = None,
) -> Reading:
    """Largest relative loss increase in a box around the weights x, in percent of 1 + L(x).

        phi = 100 (max_{|z_i| <= epsilon (|(A+ x)_i| + 1)} L(x + A z) - L(x)) / (1 + L(x))

    with A = 1 in the full space, and in a subspace A the orthonormal basis (P, p) from the QR decomposition of a
    Gaussian matrix, so that A+ = A' (the paper says "randomly generated").

    A lower bound: the better of two searches, from the centre (where the gradient may vanish) and from a uniformly
    random point of the box, `n_iterations` each; method and iterations are part of the definition:
        l_bfgs_b: the paper's, 10 iterations of L-BFGS-B. In a subspace a rounding can lead it elsewhere, and did
            between processors (docs/decisions/0012-same-cells-gate.md).
        conditional_gradient: every step goes to the corner where the linearized loss is largest (Frank and Wolfe
            1956), which hardly ever depends on a rounding. Numbers of the two methods are not to be compared.
    In float32 the loss difference is known to about 1e-8 nats and 1e-5 of itself.
    All trainable parameters move; batch-norm statistics are frozen. Not invariant under rescaling of layers: around
    a small weight the box is absolute. Costs about 25 gradients, by corners 22 at most (times `n_draws` in a subspace);
    NaN where a loss in the box is no number.

    Args:
        trained: the network.
        space: "full", or "subspace" for the mean over random subspaces, with its standard error.
        method: "l_bfgs_b" or "conditional_gradient".
        epsilon: half-width of the box at a zero weight; the paper has 1e-3 and 5e-4.
        n_iterations: iterations of a search.
        n_draws: number of random subspaces; unused in the full space.
        p: dimension of a subspace; unused in the full space.
        n_examples: use the first `n_examples` training examples (None: all).

    Raises:
        ValueError: for an unknown space or method, a subspace larger than the space, or a number out of range.
    """
    from benchmark.landscape.box_maximization import largest_increase_in_box, random_subspace

    for name, count in {"n_iterations": n_iterations, "n_draws": n_draws, "p": p}.items():
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} is {count!r}; give an integer >= 1")
    if not isinstance(epsilon, int | float) or not 0 < epsilon < math.inf:
        raise ValueError(f"epsilon is {epsilon!r}; give a number > 0")
    landscape = trained.landscape(n_examples=n_examples)
    generator = trained.rng("keskar_sharpness")
    if space not in ("full", "subspace"):
        raise ValueError(f"space is {space!r}; choose 'full' or 'subspace'")
    if space == "subspace" and not 1 <= p <= landscape.n_weights:
        raise ValueError(f"p is {p}, but the network has {landscape.n_weights} weights; give 1 <= p <= that")

    def sharpness(basis_Pp: Tensor | None) -> float:
        increase = largest_increase_in_box(
            landscape,
            epsilon=epsilon,
            n_iterations=n_iterations,
            generator=generator,
            method=method,
            basis_PQ=basis_Pp,
        )
        return 100 * increase / (1 + landscape.loss(landscape.theta))

    if space == "full":
        return Reading(value=sharpness(None))
    return averaged([sharpness(random_subspace(landscape.theta, p, generator)) for _ in range(n_draws)])
