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

    Example:
        >>> import torch
        >>> from benchmark.landscape.trained import Trained
        >>> from benchmark.measures.weight_norm import weight_norm
        >>> module = torch.nn.Linear(1, 2).double()
        >>> for weight in module.parameters():
        ...     _ = torch.nn.init.ones_(weight)
        >>> trained = Trained.of(module, torch.ones(1, 1).double(), torch.tensor([0]))
        >>> {one.quantity: round(one.value, 3) for one in weight_norm().compute(trained).readings}  # of 4 and 2 ones
        {'all': 2.0, 'filters': 1.414}
    """
    from benchmark.landscape.weights import flatten, named_weights, weight_mask

    weights = named_weights(trained.module)
    theta_P = flatten(weights).double()
    norms = {"all": theta_P.norm(), "filters": theta_P[weight_mask(weights)].norm()}
    return Result(readings=[Reading(quantity=name, value=float(norm)) for name, norm in norms.items()])
