"""The distribution of the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmark.measures.measure import Reading, Result, measure

if TYPE_CHECKING:
    from benchmark.landscape.trained import Trained


@measure(unit="share", source="Li et al. 2018, figure 2", positive=False, quantities=("share", "outside"))
def weight_histogram(trained: Trained, *, limit: float = 0.5, n_bins: int = 41) -> Result:
    """Share of the convolution and linear weights in each of `n_bins` equal bins over [-limit, limit].

    Bins are fixed, so that networks can be laid over each other; quantity `share` is indexed by the bin's centre, and
    `outside` is the share of weights beyond the limits. All shares add up to 1. Exact.

    Raises:
        ValueError: for limits or a number of bins that make no bins.
    """
    import torch

    from benchmark.landscape.weights import flatten, named_weights, weight_mask

    if not limit > 0 or n_bins < 1:
        raise ValueError(f"limit is {limit} and n_bins is {n_bins}; give limit > 0 and n_bins >= 1")
    weights = named_weights(trained.module)
    filters = flatten(weights)[weight_mask(weights)].double().cpu()
    counts, edges = torch.histogram(filters, bins=n_bins, range=(-limit, limit))
    shares, centres = (counts / filters.numel()).tolist(), ((edges[1:] + edges[:-1]) / 2).tolist()
    bins = [
        Reading(quantity="share", index={"weight": round(centre, 12)}, value=share)
        for centre, share in zip(centres, shares, strict=True)
    ]
    return Result(readings=[*bins, Reading(quantity="outside", value=1 - sum(shares))])
