"""hessian-eigenthings 1.0.0a5: the same Hessian over one batch; its defaults stop too early, or find ghosts."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bench.machine import version_of
from bench.peers import eigenthings_lanczos, eigenthings_operator
from tests.conformance.networks import batches, brute_force_hessian, landscape, n_examples, network
from tests.conformance.rows import Agreement, Difference

tool = f"hessian-eigenthings {version_of('hessian-eigenthings')}"
n_seeds = 10


def lanczos(seed: int = 0, **options: Any) -> Any:
    """Return its result for the five largest eigenvalues, of modulus unless `which` says otherwise."""
    return eigenthings_lanczos(network().module, batches(n_examples), seed=seed, k=5, **options)


def error_of_eigenvalues(**options: Any) -> float:
    """Return the worst relative error of the five over 10 random starts."""
    truth = torch.linalg.eigvalsh(brute_force_hessian())[-5:].flip(0)
    found = [lanczos(seed, **options).eigenvalues.sort(descending=True).values for seed in range(n_seeds)]
    return max(float(((values - truth) / truth).abs().max()) for values in found)


def copies_of_the_largest(max_iter: int) -> int:
    """Return how many of its five eigenvalues are the largest one."""
    values = lanczos(max_iter=max_iter).eigenvalues
    return int((abs(values / values[0] - 1) < 1e-3).sum())


def difference_of_products(*sizes: int) -> float:
    """Return the relative difference of its Hessian product over batches of these sizes from ours."""
    surface = landscape()
    vector_P = torch.randn(surface.n_weights, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    theirs: Tensor = eigenthings_operator(network().module, batches(*sizes)).matvec(vector_P)
    ours = surface.hessian(surface.theta)(vector_P)
    return float((theirs - ours).norm() / ours.norm())


rows: tuple[Agreement | Difference, ...] = (
    Agreement(
        tool=tool,
        quantity="Hessian product, one batch or batches of equal size",
        definition="of the mean loss",
        measured=lambda: max(difference_of_products(n_examples), difference_of_products(20, 20, 20)),
        bound=1e-12,
    ),
    Difference(
        tool=tool,
        quantity="Hessian product, batches of 50 and 10",
        theirs="mean over batches, each with equal weight",
        ours="mean over examples, whatever the split",
        measured=lambda: 100 * difference_of_products(50, 10),
        wording="{:.0f} % of its norm",
        within=0.02,
        why="the last batch of a data set counts too much; use batches of equal size",
    ),
    Agreement(
        tool=tool,
        quantity="five largest eigenvalues, `max_iter=50`, `which='LA'`",
        definition="largest algebraic ones, by Lanczos with reorthogonalization",
        measured=lambda: error_of_eigenvalues(max_iter=50, which="LA"),
        bound=1e-6,
    ),
    Difference(
        tool=tool,
        quantity="five largest eigenvalues, defaults",
        theirs="2 k = 10 Lanczos steps, whatever `tol`; of largest modulus",
        ours="as many steps as the residual asks for; largest algebraic ones",
        measured=error_of_eigenvalues,
        wording="relative error up to {:.2g}",
        within=0.1,
        why="`converged` says so, and has to be looked at; give `max_iter=40` and `which='LA'`",
    ),
    Difference(
        tool=tool,
        quantity="five largest eigenvalues, `max_iter=80`",
        theirs="no reorthogonalization above 50 steps: converged eigenvalues come back as ghosts",
        ours="reorthogonalized twice at any length: every eigenvalue once",
        measured=lambda: copies_of_the_largest(80),
        wording="{:.0f} of 5 are copies of the largest",
        why="`converged` is true for most of them; give `reorthogonalize=True`",
    ),
)
