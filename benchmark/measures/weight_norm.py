"""The length of the weight vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="", source="definition", positive=True, quantities=("all", "filters"))
def weight_norm(trained: Trained) -> Result:
    """Euclidean norm of the weights, ||theta||_2.

    Quantities: `all` over every trainable parameter; `filters` over convolution and linear weights only (no biases,
    no batch-norm scales). Exact; not invariant under any rescaling of layers.
    """
    from benchmark.landscape.weights import flatten, named_weights, weight_mask

    weights = named_weights(trained.module)
    theta_P = flatten(weights).double()
    norms = {"all": theta_P.norm(), "filters": theta_P[weight_mask(weights)].norm()}
    return Result(readings=[Reading(quantity=name, value=float(norm)) for name, norm in norms.items()])
