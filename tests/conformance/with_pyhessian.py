"""PyHessian 0.1: the same Hessian; power iteration and Hutchinson with stops of its own; no density."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from bench.machine import version_of
from bench.peers import pyhessian_eigenvalues, pyhessian_of, pyhessian_trace, quiet
from tests.conformance.networks import brute_force_hessian, network
from tests.conformance.rows import Agreement, Difference

tool = f"PyHessian {version_of('pyhessian')}"
n_seeds = 20


class Quadratic(nn.Module):
    """A "network" of loss 0.5 w' A w whatever the input, A symmetric."""

    def __init__(self, matrix: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.zeros(len(matrix)))
        self.matrix = matrix

    def forward(self, inputs: Tensor) -> Tensor:
        return 0.5 * self.weights @ self.matrix @ self.weights


def error_of_eigenvalues(seeds: int = n_seeds, **options: float) -> float:
    """Return the worst relative error of the five largest eigenvalues over random starts."""
    truth = torch.linalg.eigvalsh(brute_force_hessian())[-5:].flip(0)
    train = network().splits.train
    worst = 0.0
    for seed in range(seeds):
        found = pyhessian_eigenvalues(
            network().module, train.inputs, train.targets, 5, seed, **options
        ).values
        worst = max(worst, float(((found - truth) / truth).abs().max()))
    return worst


def largest_of_a_saddle() -> float:
    """Return its largest eigenvalue of a Hessian with eigenvalues 1 and -3."""
    torch.manual_seed(0)
    with quiet():
        values, _ = _of_quadratic(torch.diag(torch.tensor([1.0, -3.0]))).eigenvalues()
    return float(values[0])


def error_of_trace(**options: float) -> float:
    """Return the root mean square error of the trace over 20 seeds, relative to the trace."""
    truth, train = float(brute_force_hessian().trace()), network().splits.train
    found = [
        pyhessian_trace(network().module, train.inputs, train.targets, seed, **options).values
        for seed in range(n_seeds)
    ]
    return float(((torch.stack(found) - truth) / truth).square().mean().sqrt())


def expected_error_of_trace(n_probes: int = 100) -> float:
    """Return the standard deviation of Hutchinson's estimate, relative to the trace."""
    matrix = brute_force_hessian()
    variance = 2 * (matrix.square().sum() - matrix.diag().square().sum()) / n_probes
    return float(variance.sqrt() / matrix.trace())


def fewest_and_most_probes() -> tuple[int, int]:
    """Return the range over 20 seeds of the number of probes at which it stops by itself, of 100 at most."""
    train, counts = network().splits.train, []
    for seed in range(n_seeds):
        answer = pyhessian_trace(network().module, train.inputs, train.targets, seed)
        counts.append(answer.n_products or 0)
    return min(counts), max(counts)


def probes_for_a_negative_trace(**options: float) -> int:
    """Return the number of probes at which it stops where the trace is negative, of 100 at most."""
    factor = torch.randn(20, 20, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    with quiet():
        return len(_of_quadratic(-factor @ factor.T).trace(**options))


def density() -> None:
    """Ask for the density, which raises on a PyTorch of today."""
    train = network().splits.train
    with quiet():
        pyhessian_of(network().module, train.inputs, train.targets).density(iter=5)


def _of_quadratic(matrix: Tensor) -> Any:
    nothing = torch.zeros(1)
    return pyhessian_of(Quadratic(matrix), nothing, nothing, criterion=lambda outputs, targets: outputs)


rows: tuple[Agreement | Difference, ...] = (
    Agreement(
        tool=tool,
        quantity="five largest eigenvalues, `tol=1e-8`, `maxIter=10000`",
        definition="of the mean loss, where no negative eigenvalue is as large",
        measured=lambda: error_of_eigenvalues(3, tol=1e-8, maxIter=10_000),
        bound=1e-4,
    ),
    Difference(
        tool=tool,
        quantity="five largest eigenvalues, defaults",
        theirs="power iteration stops when the value changes by less than 1e-3, or after 100 steps",
        ours="Lanczos stops on the residual, which bounds the error, and reports it",
        measured=error_of_eigenvalues,
        wording="relative error up to {:.1g}",
        within=0.3,
        why="a slow change is not a small error where eigenvalues lie close; ask for `tol=1e-6`",
    ),
    Difference(
        tool=tool,
        quantity="largest eigenvalue of a Hessian with eigenvalues 1 and -3",
        theirs="of largest modulus",
        ours="largest algebraic one: 1",
        measured=largest_of_a_saddle,
        wording="{:.3g}",
        within=1e-4,
        why="power iteration; the sign of the value shows it",
    ),
    Difference(
        tool=tool,
        quantity="trace, defaults",
        theirs="mean of Hutchinson samples until it moves by less than 1e-3, 100 at most",
        ours="a number of probes fixed beforehand, with its standard error",
        measured=lambda: 100 * error_of_trace(),
        wording="root mean square error {:.0f} % of the trace",
        within=0.3,
        why="the mean can pause by chance; pass `tol=float('-inf')` to use all of `maxIter`",
    ),
    Difference(
        tool=tool,
        quantity="number of probes of a trace that is negative",
        theirs="the test divides by the running mean with its sign",
        ours="as many as asked for",
        measured=probes_for_a_negative_trace,
        wording="{:.0f} of 100",
        why="a negative number is below any tolerance; pass `tol=float('-inf')`",
    ),
)
