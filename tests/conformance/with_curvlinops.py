"""curvlinops 3.0.1: the same definitions as ours."""

from __future__ import annotations

import torch
from torch import Tensor

from bench.machine import version_of
from bench.peers import curvlinops_eigenvalues, curvlinops_operator, quiet
from benchmark.landscape.directions import gaussian
from benchmark.landscape.eigenpairs import eigenpairs
from tests.conformance.networks import batches, landscape, n_examples, network
from tests.conformance.rows import Agreement

tool = f"curvlinops {version_of('curvlinops-for-pytorch')}"


def hessian(*sizes: int) -> Tensor:
    """Return curvlinops' Hessian over batches of these sizes as a matrix."""
    return _dense("Hessian", *sizes)


def gauss_newton(*sizes: int) -> Tensor:
    """Return curvlinops' Gauss-Newton matrix over batches of these sizes."""
    return _dense("GGN", *sizes)


def difference_of_hessians() -> float:
    """Return the largest relative difference of the two Hessians, theirs in one batch."""
    return _relative(hessian(n_examples), our_matrix("hessian"))


def difference_of_hessians_in_batches() -> float:
    """Return the same with theirs in batches of unequal size."""
    return _relative(hessian(10, 35, 15), our_matrix("hessian"))


def difference_of_gauss_newton() -> float:
    """Return the largest relative difference of the two Gauss-Newton matrices."""
    return _relative(gauss_newton(n_examples), our_matrix("gauss_newton"))


def difference_of_eigenvalues() -> float:
    """Return the largest relative difference of the five largest eigenvalues, theirs by scipy's eigsh."""
    surface = landscape()
    start_P = gaussian(surface.theta, torch.Generator().manual_seed(0))
    ours = eigenpairs(surface.hessian(surface.theta), start_P, n_largest=5, tolerance=1e-8).largest
    theirs = curvlinops_eigenvalues(network().module, batches(n_examples), 5, 0).values
    return float(((theirs - ours) / theirs).abs().max())


def our_matrix(matrix: str) -> Tensor:
    """Return our `hessian` or `gauss_newton`, one product per row."""
    surface = landscape()
    product = getattr(surface, matrix)(surface.theta)
    return torch.stack([product(row) for row in torch.eye(surface.n_weights, dtype=torch.float64)])


def _dense(matrix: str, *sizes: int) -> Tensor:
    operator = curvlinops_operator(network().module, batches(*sizes), matrix=matrix)
    with quiet():
        dense: Tensor = operator @ torch.eye(landscape().n_weights, dtype=torch.float64)
    return dense.detach()


def _relative(theirs: Tensor, ours: Tensor) -> float:
    return float((theirs - ours).abs().max() / ours.abs().max())


rows = (
    Agreement(
        tool=tool,
        quantity="Hessian",
        definition="of the mean loss over all examples",
        measured=difference_of_hessians,
        bound=1e-12,
    ),
    Agreement(
        tool=tool,
        quantity="Hessian, batches of unequal size",
        definition="of the mean loss over all examples, batches weighted by their size",
        measured=difference_of_hessians_in_batches,
        bound=1e-12,
    ),
    Agreement(
        tool=tool,
        quantity="Gauss-Newton matrix",
        definition="mean over examples of J' H_out J",
        measured=difference_of_gauss_newton,
        bound=1e-12,
    ),
    Agreement(
        tool=f"{tool} + scipy eigsh",
        quantity="five largest eigenvalues",
        definition="largest algebraic ones (`which='LA'`); eigsh's default is the largest modulus",
        measured=difference_of_eigenvalues,
        bound=1e-9,
    ),
)
