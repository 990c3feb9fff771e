"""What the published code of Li et al. 2018 computes, written anew from its description: a reference, not that code.

Source: github.com/tomgoldstein/loss-landscape, hess_vec_prod.py and net_plotter.py, as read.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmark.landscape.weights import is_filter_weight, named_weights, normalized, weight_mask
from tests.conformance.networks import batches, brute_force_hessian, landscape, n_examples, network
from tests.conformance.rows import Agreement, Difference

Batches = list[tuple[Tensor, Tensor]]
tool = "Li et al. 2018, published code"


def reference_product(module: nn.Module, batches: Batches) -> Callable[[Tensor], Tensor]:
    """Return v -> sum over batches of (Hessian of the batch's mean loss) v, for weights with filters only."""
    weights = [weight for weight in module.parameters() if is_filter_weight(weight)]

    def product(vector: Tensor) -> Tensor:
        pieces = torch.split(vector, [weight.numel() for weight in weights])
        total = torch.zeros_like(vector)
        for inputs, targets in batches:
            loss = cross_entropy(module(inputs), targets)
            slopes = torch.autograd.grad(loss, weights, create_graph=True)
            dot = sum((s * p.view_as(s)).sum() for s, p in zip(slopes, pieces, strict=True))
            assert isinstance(dot, Tensor)
            total += torch.cat([each.reshape(-1) for each in torch.autograd.grad(dot, weights)])
        return total

    return product


def reference_extremes(product: Callable[[Tensor], Tensor], size: int) -> tuple[float, float]:
    """Return the eigenvalue of largest modulus, then that of H - 0.51 of it, shifted back: "largest" and "smallest"."""
    largest = _largest_modulus(product, size)
    shift = 0.51 * largest
    return largest, _largest_modulus(lambda v: product(v) - shift * v, size) + shift


def reference_direction(
    gaussian: list[Tensor], weights: list[Tensor], *, ignore_biases: bool
) -> list[Tensor]:
    """Return a filter-normalized direction; 1-D entries become zero, or else a copy of the weights themselves."""
    direction = []
    for entry, weight in zip(gaussian, weights, strict=True):
        if weight.dim() <= 1:
            direction.append(torch.zeros_like(weight) if ignore_biases else weight.clone())
            continue
        scales = [w.norm() / (d.norm() + 1e-10) for d, w in zip(entry, weight, strict=True)]
        direction.append(torch.stack([d * scale for d, scale in zip(entry, scales, strict=True)]))
    return direction


def growth_with_batches() -> float:
    """Return the ratio of the largest eigenvalues of four batches and of one."""
    return abs(_extremes(15, 15, 15, 15)[0] / _extremes(n_examples)[0])


def change_of_ratio_with_batches() -> float:
    """Return the relative change of |smallest / largest| from one batch to four."""
    few, many = _extremes(n_examples), _extremes(15, 15, 15, 15)
    return abs((many[1] / many[0]) / (few[1] / few[0]) - 1)


def share_of_curvature_left_out() -> float:
    """Return how much smaller the largest eigenvalue is without biases, relative to that of all weights."""
    whole = float(torch.linalg.eigvalsh(brute_force_hessian())[-1])
    return 1 - _extremes(n_examples)[0] / whole


def difference_on_filter_weights() -> float:
    """Return the relative difference of the product from ours, over weights with filters and one batch."""
    product, mask = landscape().hessian(landscape().theta), weight_mask(landscape().like)
    vector = torch.randn(int(mask.sum()), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    whole = torch.zeros_like(landscape().theta)
    whole[mask] = vector
    ours = product(whole)[mask]
    theirs = reference_product(network().module, batches(n_examples))(vector)
    return float((theirs - ours).norm() / ours.norm())


def smallest_of_a_convex_loss() -> float:
    """Return the "smallest" eigenvalue of a diagonal Hessian with 1 and 0.5 on it: the largest once more."""
    diagonal = torch.tensor([1.0, 0.5, 0.5, 0.5], dtype=torch.float64)
    return reference_extremes(lambda v: diagonal * v, 4)[1]


def difference_of_directions() -> float:
    """Return the largest difference of the direction from ours, biases ignored, for equal Gaussian draws."""
    theirs, ours = _directions(ignore_biases=True)
    return float((theirs - ours).abs().max() / ours.abs().max())


def cosine_of_biases() -> float:
    """Return the cosine of the direction's biases and the network's own, biases not ignored."""
    theirs, _ = _directions(ignore_biases=False)
    biases = ~weight_mask(landscape().like)
    return float(torch.nn.functional.cosine_similarity(theirs[biases], landscape().theta[biases], dim=0))


def our_cosine_of_biases() -> float:
    """Return the same cosine for ours."""
    _, ours = _directions(ignore_biases=False)
    biases = ~weight_mask(landscape().like)
    return float(torch.nn.functional.cosine_similarity(ours[biases], landscape().theta[biases], dim=0))


def _extremes(*sizes: int) -> tuple[float, float]:
    product = reference_product(network().module, batches(*sizes))
    return reference_extremes(product, int(weight_mask(landscape().like).sum()))


def _directions(*, ignore_biases: bool) -> tuple[Tensor, Tensor]:
    weights = named_weights(network().module)
    generator = torch.Generator().manual_seed(1)
    gaussian = [torch.randn(w.shape, generator=generator, dtype=torch.float64) for w in weights.values()]
    drawn = torch.cat([each.reshape(-1) for each in gaussian])
    theirs = reference_direction(gaussian, list(weights.values()), ignore_biases=ignore_biases)
    ours = normalized(drawn, weights, biases="zero" if ignore_biases else "kept")
    return torch.cat([each.reshape(-1) for each in theirs]), ours


def _largest_modulus(product: Callable[[Tensor], Tensor], size: int) -> float:
    def matvec(vector: np.ndarray) -> np.ndarray:
        result: np.ndarray = product(torch.from_numpy(vector.reshape(-1))).numpy()
        return result

    operator = LinearOperator((size, size), matvec=matvec, dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(size)
    return float(eigsh(operator, k=1, tol=1e-2, v0=start, return_eigenvectors=False)[0])


rows: tuple[Agreement | Difference, ...] = (
    Agreement(
        tool=tool,
        quantity="direction, biases ignored",
        definition="Gaussian, every filter scaled to the norm of the network's own, biases and batch norm zero",
        measured=difference_of_directions,
        bound=1e-8,
    ),
    Difference(
        tool=tool,
        quantity="direction, biases not ignored",
        theirs="entries of biases and batch norm are the network's own weights, not random",
        ours='random, scaled like one filter (`biases="kept"`)',
        measured=cosine_of_biases,
        wording="cosine {:.2f} with the network's biases",
        why="the code copies the weights there, so that every such direction also scales all biases",
    ),
    Agreement(
        tool=tool,
        quantity="Hessian product over weights with filters, one batch",
        definition="Hessian of the mean loss, rows and columns of biases and batch norm left out",
        measured=difference_on_filter_weights,
        bound=1e-12,
    ),
    Difference(
        tool=tool,
        quantity="largest eigenvalue, four batches",
        theirs="batch means are summed, not averaged: eigenvalues grow with the number of batches",
        ours="mean over examples, whatever the split",
        measured=growth_with_batches,
        wording="{:.2f} times that of one batch",
        why="the product adds up in `.grad` and is not divided; the ratio of smallest and largest is not affected",
    ),
    Difference(
        tool=tool,
        quantity="largest eigenvalue",
        theirs="over weights with filters only",
        ours="over all trainable weights; `eigenvalue_ratio_map` over weights with filters, as theirs",
        measured=lambda: 100 * share_of_curvature_left_out(),
        wording="{:.0f} % less on this network",
        within=0.05,
        why="1-D parameters are filtered out; part of the curvature is theirs",
    ),
    Difference(
        tool=tool,
        quantity="smallest eigenvalue of a Hessian with eigenvalues 1 and 0.5",
        theirs="the one farthest from 0.51 times the largest",
        ours="the smallest algebraic one: 0.5",
        measured=smallest_of_a_convex_loss,
        wording="{:.2f}",
        why="it supposes a smallest eigenvalue of zero or less; above 2 % of the largest it finds the largest again",
    ),
)
