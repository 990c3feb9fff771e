"""The five largest Hessian eigenvalues of a small network, judged by its dense Hessian in float64.

Legend of shape suffixes: P weights, K eigenvalues.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from bench.comparison import Comparison, Effort, Floor, Target, Tool
from bench.machine import version_of
from bench.method import Answer, Row, least_time
from bench.peers import curvlinops_eigenvalues, eigenthings_eigenvalues, pyhessian_eigenvalues
from bench.problems import Problem, dense_hessian, small_mlp
from benchmark.landscape.directions import gaussian
from benchmark.landscape.eigenpairs import eigenpairs

n_largest = 5
tolerance = 1e-3  # largest relative error of the five
targets = (
    Target(tool="PyHessian", least_ratio=5),
    Target(tool="curvlinops + eigsh", least_ratio=2),
    Target(most_products=35),
)


def comparisons(effort: Effort) -> Iterator[Comparison]:
    """Yield the table at equal accuracy, then the one at each tool's defaults."""
    problem, seeds = small_mlp(), range(effort.of(3, 2))
    effort.tick("eigenvalues: dense Hessian in float64")
    truth_K = torch.linalg.eigvalsh(dense_hessian(problem))[-n_largest:].flip(0)
    error = partial(_worst_error, truth_K=truth_K)
    effort.tick("eigenvalues: looking for each tool's cheapest accurate setting")
    yield Comparison(
        title="Five largest eigenvalues at equal accuracy",
        note=f"{problem.description}. Every tool runs with the cheapest setting whose relative error, the worst of "
        f"five eigenvalues and {len(seeds)} random starts, is at most {tolerance:g} beside the dense Hessian in "
        "float64.",
        error_name="worst relative error",
        contenders=[
            tool.tuned(error, aim=tolerance, tolerance=tolerance, seeds=seeds) for tool in _tools(problem)
        ],
        seeds=seeds,
        floors=lambda row: [floor(problem, row)],
        targets=targets,
        budget_s=20,
    )
    yield Comparison(
        title="Five largest eigenvalues at each tool's defaults",
        note="The same work with no setting given but the number of eigenvalues: what a user gets who trusts the "
        "defaults.",
        error_name="worst relative error",
        contenders=[tool.with_options(error, options={}) for tool in _tools(problem)[:-1]],
        seeds=seeds,
        n_rounds=3,
    )


def _worst_error(answers: Sequence[Answer], truth_K: Tensor) -> float:
    found = [answer.values.sort(descending=True).values[:n_largest] for answer in answers]
    return max(float(((values_K - truth_K) / truth_K).abs().max()) for values_K in found)


def floor(problem: Problem, row: Row) -> Floor:
    """Return the time of the row's products alone, at the least time of one."""
    landscape = problem.landscape()
    product = landscape.hessian(landscape.theta)
    seconds = least_time(lambda: product(landscape.theta), n_repeats=50)
    n_products = row.n_products or 0
    return Floor(name=f"{n_products:.3g} products of {1e3 * seconds:.2f} ms", seconds=n_products * seconds)


def _tools(problem: Problem) -> list[Tool]:
    network, inputs, targets = problem.module, problem.inputs, problem.targets
    batches = [(inputs, targets)]
    return [
        Tool(
            name="lossbench",
            version=version_of("lossbench"),
            solve=partial(_ours, problem),
            settings=[{"tolerance": t} for t in (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)],
        ),
        Tool(
            name="PyHessian",
            version=version_of("pyhessian"),
            solve=partial(pyhessian_eigenvalues, network, inputs, targets, n_largest),
            settings=[{"tol": t, "maxIter": 1000} for t in (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7)],
        ),
        Tool(
            name="curvlinops + eigsh",
            version=version_of("curvlinops-for-pytorch"),
            solve=partial(curvlinops_eigenvalues, network, batches, n_largest),
            settings=[{"tol": t} for t in (1e-1, 1e-2, 1e-3, 1e-4, 0.0)],
        ),
        Tool(
            name="hessian-eigenthings",
            version=version_of("hessian-eigenthings"),
            solve=partial(eigenthings_eigenvalues, network, batches, n_largest),
            settings=[{"max_iter": m, "which": "LA"} for m in (10, 15, 20, 25, 30, 40, 50)],
        ),
        Tool(
            name="plain power iteration",
            version="",
            solve=partial(_power_iteration, problem),
            settings=[{"tolerance": t} for t in (1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 1e-7)],
        ),
    ]


def _ours(problem: Problem, seed: int, tolerance: float = 1e-3) -> Answer:
    landscape = problem.landscape()
    start_P = gaussian(landscape.theta, torch.Generator().manual_seed(seed))
    product = landscape.hessian(landscape.theta)
    pairs = eigenpairs(product, start_P, n_largest=n_largest, tolerance=tolerance)
    return Answer(values=pairs.largest, n_products=pairs.n_products)


def _power_iteration(problem: Problem, seed: int, tolerance: float) -> Answer:
    """Find one eigenvalue of largest modulus after the other, until each changes by less than the tolerance."""
    landscape = problem.landscape()
    product, generator = landscape.hessian(landscape.theta), torch.Generator().manual_seed(seed)
    values: list[float] = []
    found: list[Tensor] = []
    n_products = 0
    for _ in range(n_largest):
        vector_P, value, previous = gaussian(landscape.theta, generator), 0.0, float("inf")
        while abs(value - previous) > tolerance * abs(value):
            vector_P = _outside(vector_P, found)
            image_P = product(vector_P)
            previous, value = value, float(vector_P @ image_P)
            vector_P, n_products = image_P, n_products + 1
        values.append(value)
        found.append(_outside(vector_P, found))
    return Answer(values=torch.tensor(values, dtype=torch.float64), n_products=n_products)


def _outside(vector_P: Tensor, found: Sequence[Tensor]) -> Tensor:
    for each_P in found:
        vector_P = vector_P - (vector_P @ each_P) * each_P
    unit_P: Tensor = vector_P / torch.linalg.vector_norm(vector_P)
    return unit_P
