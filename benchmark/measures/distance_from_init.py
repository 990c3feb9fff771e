"""How far training moved the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="", source="Keskar et al. 2017, section 2.2.1", positive=True)
def distance_from_init(trained: Trained) -> float:
    """Euclidean distance of the final weights from those before the first step, ||theta - theta_0||_2.

    Over all trainable parameters, biases and batch-norm scales included; running statistics are no weights. Exact.
    """
    from benchmark.landscape.weights import flatten, named_weights

    weights = named_weights(trained.module)
    start = {name: trained.initial[name].to(weight) for name, weight in weights.items()}
    return float((flatten(weights).double() - flatten(start).double()).norm())
