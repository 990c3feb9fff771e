"""Derive weights from weights, without cells or data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from benchmark.derivations.parent import Parent


def derived(rule: Any, *weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what `rule` makes of networks of which the weights are all that it may look at."""
    nothing: Any = None
    parents = tuple(Parent(cell=nothing, weights=each, initial=each, checkpoint=nothing) for each in weights)
    found: dict[str, Tensor] = rule.derive(parents, splits=nothing, seed=0)
    return found
